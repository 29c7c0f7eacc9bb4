pragma circom 2.1.6;

/**
 * @title Max
 * @notice out = max(a, b). n + 2 constraints.
 * @param n  bits of the difference; at most 250
 * @input a  @input b  integers with |a - b| < 2^n: the caller must know this
 * @output out the larger
 * @dev a - b = sum - 2^n (1 - greaterEqual) has exactly one solution with sum in [0, 2^n) and a boolean flag.
 */
template Max(n) {
    assert(n >= 1 && n <= 250);
    signal input a;
    signal input b;
    signal output out;
    signal bits[n];

    var sum = 0;
    for (var i = 0; i < n; i++) {
        bits[i] <-- ((a - b + (1 << n)) >> i) & 1;
        bits[i] * (bits[i] - 1) === 0;
        sum += bits[i] * (1 << i);
    }
    // 2^n * greaterEqual
    var flag = a - b + (1 << n) - sum;
    flag * (flag - (1 << n)) === 0;
    var inverse = 1 / (1 << n);
    out <== b + (inverse * flag) * (a - b);
}
