pragma circom 2.1.6;

include "poseidon.circom";

/// Smallest supported arity (2, 4, 8, 16) that holds n values.
function blockArity(n) {
    return n <= 2 ? 2 : (n <= 4 ? 4 : (n <= 8 ? 8 : 16));
}

/// Number of Poseidon blocks of ChainHash(n).
function blockCount(n) {
    return n <= 16 ? 1 : 1 + (n - 16 + 14) \ 15;
}

/**
 * @title ChainHash
 * @notice H of docs/statement.md: a first block of up to 16 values, then blocks of the previous result and up to 15 values; free
 *         places are zero.
 * @param n  number of values, at least 1, fixed: hashes of different lengths are never compared
 */
template ChainHash(n) {
    assert(n >= 1);
    signal input in[n];
    signal output out;

    var blocks = blockCount(n);
    component block[blocks];
    var used = 0;
    for (var k = 0; k < blocks; k++) {
        var carried = k > 0 ? 1 : 0;
        var arity = blockArity(n - used + carried);
        var values = n - used + carried < arity ? n - used + carried : arity;
        block[k] = Poseidon(arity + 1, values);
        for (var i = 0; i < values; i++) {
            if (i < carried) {
                block[k].in[i] <== block[k - 1].out;
            } else {
                block[k].in[i] <== in[used];
                used++;
            }
        }
    }
    out <== block[blocks - 1].out;
}
