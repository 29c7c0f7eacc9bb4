pragma circom 2.1.6;

/// Field elements that n bytes take.
function packedCount(n) {
    return (n + 30) \ 31;
}

/**
 * @title PackBytes
 * @notice Big-endian groups of 31 elements (docs/statement.md). One linear constraint a group.
 * @param n    number of elements
 * @param min  lowest value of the dtype: what is packed is in - min
 * @input in   integers in [min, min + 255]: the caller must know this; then packing is injective
 */
template PackBytes(n, min) {
    signal input in[n];
    signal output out[packedCount(n)];
    for (var k = 0; k < packedCount(n); k++) {
        var packed = 0;
        for (var i = 31 * k; i < n && i < 31 * k + 31; i++) {
            packed = packed * 256 + in[i] - min;
        }
        out[k] <== packed;
    }
}
