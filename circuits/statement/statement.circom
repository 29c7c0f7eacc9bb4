pragma circom 2.1.6;

include "../commitment/chain-hash.circom";
include "../commitment/pack-bytes.circom";

/**
 * @title CommittedPart
 * @notice Salted commitment to a part of the statement.
 * @param n    elements of the tensor(s)
 * @param min  lowest value of the dtype
 * @input in   integers in [min, min + 255]: the caller must know this
 * @input salt a field element
 */
template CommittedPart(n, min) {
    var packed = packedCount(n);
    signal input in[n];
    signal input salt;
    signal output out[1];

    component pack = PackBytes(n, min);
    pack.in <== in;
    component hash = ChainHash(packed + 1);
    hash.in[0] <== salt;
    for (var i = 0; i < packed; i++) {
        hash.in[i + 1] <== pack.out[i];
    }
    out[0] <== hash.out;
}

/**
 * @title Statement
 * @notice Binds n field elements to the three public signals: C = H(e) and s = sum e_i r^i. One constraint an element besides the hash.
 * @input C, r, s  the public signals
 * @input e        the values
 */
template Statement(n) {
    signal input C;
    signal input r;
    signal input s;
    signal input e[n];

    component hash = ChainHash(n);
    hash.in <== e;
    C === hash.out;

    // Horner's rule from the last element; the final product is bound to s directly.
    signal partial[n - 1];
    var sum = e[n - 1];
    for (var i = n - 2; i >= 0; i--) {
        partial[i] <== sum * r;
        sum = partial[i] + e[i];
    }
    s === sum * r;
}
