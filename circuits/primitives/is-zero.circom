pragma circom 2.1.6;

/**
 * @title IsZero
 * @notice flag = 1 if in is zero, else 0. 3 constraints and a unique witness.
 * @input in    any field element
 * @output flag boolean
 */
template IsZero() {
    signal input in;
    signal output flag;
    signal inverse;

    flag <-- in == 0 ? 1 : 0;
    inverse <-- in == 0 ? 0 : 1 / in;
    in * inverse === 1 - flag;
    in * flag === 0;
    // Without this, inverse would be free where in is zero.
    inverse * flag === 0;
}
