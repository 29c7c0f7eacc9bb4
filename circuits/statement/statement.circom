pragma circom 2.1.6;

include "../commitment/chain-hash.circom";
include "../commitment/pack-bytes.circom";

/**
 * @title Part
 * @notice One part of the statement as field elements: the packed bytes, or a salted commitment to them.
 * @param n         elements of the tensor(s)
 * @param min       lowest value of the dtype
 * @param committed 1 for a commitment
 * @input in    integers in [min, min + 255]: the caller must know this
 * @input salt  only for a commitment
 */
template Part(n, min, committed) {
    var packed = packedCount(n);
    var count = committed == 1 ? 1 : packed;
    signal input in[n];
    signal input salt[committed];
    signal output out[count];

    component pack = PackBytes(n, min);
    pack.in <== in;
    if (committed == 1) {
        component hash = ChainHash(packed + 1);
        hash.in[0] <== salt[0];
        for (var i = 0; i < packed; i++) {
            hash.in[i + 1] <== pack.out[i];
        }
        out[0] <== hash.out;
    } else {
        out <== pack.out;
    }
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
