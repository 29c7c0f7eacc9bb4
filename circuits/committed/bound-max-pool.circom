pragma circom 2.1.6;

include "../primitives/max.circom";
include "../primitives/bounded-bits.circom";
include "ranged-pack.circom";

/// Comparisons of all windows of one channel: elements inside less one, each.
function comparisons(outSize, taps, S) {
    var count = 0;
    for (var p = 0; p < outSize; p++) {
        var inside = 0;
        for (var t = 0; t < taps; t++) {
            inside += S[p][t] >= 0 ? 1 : 0;
        }
        count += inside - 1;
    }
    return count;
}

/**
 * @title BoundMaxPool
 * @notice MaxPool of accumulators, with everything that was compared packed, to be hashed: the differences of the maximum so far and the next
 *         element, n + 1 bits each. From the maximum of a window back, they give all its elements.
 * @param C, inSize, outSize, taps, S  as in MaxPool; every window meets the tensor
 * @param n      differences of elements are below 2^n: shown here by the comparisons
 * @param bound  1: packed; 0: packed is one zero
 */
template BoundMaxPool(C, inSize, outSize, taps, S, n, bound) {
    var each = comparisons(outSize, taps, S);
    var count = bound == 1 ? atLeastOne(packedElements(C * each, n + 1)) : 1;
    signal input x[C * inSize];
    signal output y[C * outSize];
    signal output packed[count];

    var perPacked = perElement(n + 1);
    component max[C][atLeastOne(each)];
    var sum = 0;
    var used = 0;
    var filled = 0;
    for (var c = 0; c < C; c++) {
        var next = 0;
        for (var p = 0; p < outSize; p++) {
            var first = -1;
            for (var t = 0; t < taps; t++) {
                if (S[p][t] >= 0) {
                    var at = c * inSize + S[p][t];
                    if (first < 0) {
                        first = at;
                    } else {
                        max[c][next] = Max(n);
                        if (first < C * inSize) {
                            max[c][next].a <== x[first];
                            sum = sum * (1 << (n + 1)) + x[first] - x[at] + (1 << n);
                        } else {
                            max[c][next].a <== max[c][next - 1].out;
                            sum = sum * (1 << (n + 1)) + max[c][next - 1].out - x[at] + (1 << n);
                        }
                        max[c][next].b <== x[at];
                        // From the second comparison on, the maximum so far.
                        first = C * inSize;
                        next++;
                        filled++;
                        if (bound == 1 && (filled == perPacked || used * perPacked + filled == C * each)) {
                            packed[used] <== sum;
                            used++;
                            filled = 0;
                            sum = 0;
                        }
                    }
                }
            }
            if (first == C * inSize) {
                y[c * outSize + p] <== max[c][next - 1].out;
            } else {
                y[c * outSize + p] <== x[first];
            }
        }
    }
    if (used == 0) {
        packed[0] <== 0;
    }
}
