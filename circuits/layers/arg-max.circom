pragma circom 2.1.6;

include "../primitives/bounded-bits.circom";

/**
 * @title ArgMax
 * @notice y[i] = the place, from 0, of the greatest of x[S[i][0]], x[S[i][1]], ...: the first one, or the last where last is 1.
 *         (k - 1)(bits + 1) + 2 (k - 2) constraints for k > 2 candidates, bits + 2 for two.
 * @param bits  bits of the difference of two elements; at most 250
 * @param last  0 or 1
 * @param n, m, k  elements, outputs, candidates of each
 * @param S     S[i][j] indices into x
 * @input x  integers any two of which differ by less than 2^bits: the caller must know this
 * @dev best - x = sum - 2^bits (1 - flag) has exactly one solution with sum in [0, 2^bits) and a boolean flag: flag says best >= x. With
 *      last, x - best is decomposed instead, so that an equal later element wins.
 */
template ArgMax(bits, last, n, m, k, S) {
    assert(bits >= 1 && bits <= 250);
    signal input x[n];
    signal output y[m];
    signal b[m][atLeastOne(k - 1)][bits];
    signal best[m][atLeastOne(k - 2)];
    signal place[m][atLeastOne(k - 2)];

    var inverse = 1 / (1 << bits);
    for (var i = 0; i < m; i++) {
        var greatest = x[S[i][0]];
        var at = 0;
        if (k == 1) {
            for (var t = 0; t < bits; t++) {
                b[i][0][t] <== 0;
            }
        }
        if (k <= 2) {
            best[i][0] <== 0;
            place[i][0] <== 0;
        }
        for (var j = 1; j < k; j++) {
            var candidate = x[S[i][j]];
            var difference = last == 1 ? candidate - greatest : greatest - candidate;
            var sum = 0;
            for (var t = 0; t < bits; t++) {
                b[i][j - 1][t] <-- ((difference + (1 << bits)) >> t) & 1;
                b[i][j - 1][t] * (b[i][j - 1][t] - 1) === 0;
                sum += b[i][j - 1][t] * (1 << t);
            }
            // 2^bits * flag
            var scaled = difference + (1 << bits) - sum;
            scaled * (scaled - (1 << bits)) === 0;
            var stays = last == 1 ? 1 - inverse * scaled : inverse * scaled;
            if (j == 1) {
                at = 1 - stays;
            } else if (j < k - 1) {
                place[i][j - 2] <== stays * (at - j) + j;
                at = place[i][j - 2];
            } else {
                at = stays * (at - j) + j;
            }
            if (j < k - 1) {
                best[i][j - 1] <== stays * (greatest - candidate) + candidate;
                greatest = best[i][j - 1];
            }
        }
        y[i] <== at;
    }
}
