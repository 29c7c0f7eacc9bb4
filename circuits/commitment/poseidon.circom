pragma circom 2.1.6;

include "poseidon-constants.circom";

/**
 * @title Poseidon
 * @notice Poseidon hash of n field elements, and zeros in the free places, to one (BN254, x^5, parameters of circomlib; Grassi et al.,
 *         USENIX Security 2021). 3 constraints an S-box whose input is not constant: 3 (7 t + n + partial rounds). Between S-boxes
 *         the state is a linear combination, never a signal.
 * @param t  state width: 3, 5, 9 or 17
 * @param n  values, at most t - 1
 * @input in  the values
 * @output out  the first element of the final state
 */
template Poseidon(t, n) {
    assert(t == 3 || t == 5 || t == 9 || t == 17);
    assert(n < t);
    signal input in[n];
    signal output out;
    component permutation;
    if (t == 3) {
        permutation = PoseidonRounds(t, n, POSEIDON_PARTIAL_ROUNDS(t), POSEIDON_FULL_3(), POSEIDON_MATRIX_3(), POSEIDON_ROWS_3(),
            POSEIDON_WEIGHTS_3(), POSEIDON_ADDITIONS_3(), POSEIDON_COLUMNS_3(), POSEIDON_WHOLE_3(), POSEIDON_SHIFT_3());
    } else if (t == 5) {
        permutation = PoseidonRounds(t, n, POSEIDON_PARTIAL_ROUNDS(t), POSEIDON_FULL_5(), POSEIDON_MATRIX_5(), POSEIDON_ROWS_5(),
            POSEIDON_WEIGHTS_5(), POSEIDON_ADDITIONS_5(), POSEIDON_COLUMNS_5(), POSEIDON_WHOLE_5(), POSEIDON_SHIFT_5());
    } else if (t == 9) {
        permutation = PoseidonRounds(t, n, POSEIDON_PARTIAL_ROUNDS(t), POSEIDON_FULL_9(), POSEIDON_MATRIX_9(), POSEIDON_ROWS_9(),
            POSEIDON_WEIGHTS_9(), POSEIDON_ADDITIONS_9(), POSEIDON_COLUMNS_9(), POSEIDON_WHOLE_9(), POSEIDON_SHIFT_9());
    } else {
        permutation = PoseidonRounds(t, n, POSEIDON_PARTIAL_ROUNDS(t), POSEIDON_FULL_17(), POSEIDON_MATRIX_17(), POSEIDON_ROWS_17(),
            POSEIDON_WEIGHTS_17(), POSEIDON_ADDITIONS_17(), POSEIDON_COLUMNS_17(), POSEIDON_WHOLE_17(), POSEIDON_SHIFT_17());
    }
    permutation.in <== in;
    out <== permutation.out;
}

/**
 * @title PoseidonRounds
 * @notice The permutation behind Poseidon on (0, in), first element out.
 *
 *         Partial rounds only need their first state element: with N = M without its first column m, the state before partial round k is
 *         N^k M a + sum_j N^(k-1-j) m f_j + d_k, where a are the S-box outputs of the last full round before, f_j those of the partial
 *         rounds, and d_k is constant. The rows and columns of these powers are tabulated.
 * @param t, n, partialRounds  sizes
 * @param C  constants of the full rounds
 * @param M  MDS matrix
 * @param rows, weights, additions  first row of N^k M, first element of N^k m, constant of the S-box, for each partial round k
 * @param columns, whole, shift  N^k m, N^partialRounds M and the constant part after the partial rounds
 * @dev The last product stands in the constraint that defines out, so out is bound by a nonlinear constraint.
 */
template PoseidonRounds(t, n, partialRounds, C, M, rows, weights, additions, columns, whole, shift) {
    signal input in[n];
    signal output out;

    // S-boxes of constants are computed here and now.
    var boxes = 7 * t + n + partialRounds;
    signal square[boxes];
    signal fourth[boxes];
    signal fifth[boxes - 1];
    var box = 0;

    var state[t];
    for (var i = 1; i <= n; i++) {
        state[i] = in[i - 1];
    }
    var a[t];
    for (var round = 0; round < 8; round++) {
        // The element whose fifth power is not a signal in the last round comes last.
        for (var i = t - 1; i >= 0; i--) {
            var x = state[i] + C[round * t + i];
            if (round == 0 && (i == 0 || i > n)) {
                a[i] = x ** 5;
            } else {
                square[box] <== x * x;
                fourth[box] <== square[box] * square[box];
                if (round == 7 && i == 0) {
                    var others = 0;
                    for (var j = 1; j < t; j++) {
                        others += M[0][j] * a[j];
                    }
                    out <== (M[0][0] * fourth[box]) * x + others;
                } else {
                    fifth[box] <== fourth[box] * x;
                    a[i] = fifth[box];
                }
                box++;
            }
        }
        if (round == 3) {
            var first = box;
            for (var k = 0; k < partialRounds; k++) {
                var x = additions[k];
                for (var j = 0; j < t; j++) {
                    x += rows[k][j] * a[j];
                }
                for (var j = 0; j < k; j++) {
                    x += weights[k - 1 - j] * fifth[first + j];
                }
                square[box] <== x * x;
                fourth[box] <== square[box] * square[box];
                fifth[box] <== fourth[box] * x;
                box++;
            }
            for (var i = 0; i < t; i++) {
                state[i] = shift[i];
                for (var j = 0; j < t; j++) {
                    state[i] += whole[i][j] * a[j];
                }
                for (var k = 0; k < partialRounds; k++) {
                    state[i] += columns[k][i] * fifth[box - 1 - k];
                }
            }
        } else if (round < 7) {
            for (var i = 0; i < t; i++) {
                state[i] = 0;
                for (var j = 0; j < t; j++) {
                    state[i] += M[i][j] * a[j];
                }
            }
        }
    }
}
