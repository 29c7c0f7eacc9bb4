pragma circom 2.1.6;

include "../quant/float-round.circom";

/**
 * @title FloatSums
 * @notice y[i] = x[S[i][0]] + x[S[i][1]] + ..., integers that stand for floats in units of a power of two, each partial sum but the last one
 *         rounded to a float32 before the next element is added.
 * @param n, m, taps  elements, outputs, elements of one sum
 * @param signed  1 where sums may be negative
 * @param D       D[k] = bits that the sum of k + 2 elements can have beyond 24
 * @param S       S[i][j] indices into x
 * @input x       integers such that the sum of k + 2 of them, rounded as above, lies in the range of FloatRound(24, D[k], signed), or that
 *                of 24-bit numbers where D[k] is 0: the caller must know this
 */
template FloatSums(n, m, taps, signed, D, S) {
    signal input x[n];
    signal output y[m];
    component round[m][taps];
    for (var i = 0; i < m; i++) {
        var sum = x[S[i][0]];
        for (var j = 1; j < taps; j++) {
            sum += x[S[i][j]];
            if (j < taps - 1 && D[j - 1] > 0) {
                round[i][j] = FloatRound(24, D[j - 1], signed);
                round[i][j].in <== sum;
                sum = round[i][j].out;
            }
        }
        y[i] <== sum;
    }
}
