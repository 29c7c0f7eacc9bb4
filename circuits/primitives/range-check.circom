pragma circom 2.1.6;

/**
 * @title RangeCheck
 * @notice in is one of min .. min + 2^n - 1. n constraints: the lowest bit is not a signal but what the others leave of in.
 * @param n   number of bits, 1 to 252
 * @param min lowest value, may be negative
 * @input in  the value
 */
template RangeCheck(n, min) {
    assert(n >= 1 && n <= 252);
    signal input in;
    signal bits[n - 1];

    var rest = in - min;
    for (var i = 1; i < n; i++) {
        bits[i - 1] <-- ((in - min) >> i) & 1;
        bits[i - 1] * (bits[i - 1] - 1) === 0;
        rest -= bits[i - 1] * (1 << i);
    }
    rest * (rest - 1) === 0;
}
