pragma circom 2.1.6;

include "../primitives/max.circom";

/**
 * @title MaxPool
 * @notice Maximum over windows; padding never wins. (taps inside the tensor - 1) * (n + 2) constraints a window. Tensors are flat,
 *         row-major, channels first.
 * @param C, inSize    channels and spatial elements of one
 * @param outSize, taps  windows and elements of one
 * @param S  S[window][tap] = spatial index of the input element there, or -1 in the padding
 * @param N  N[c] bits of the difference of two elements of channel c, see Max
 * @input x  [C, inSize] flat
 * @output y [C, outSize] flat
 * @dev Every window must meet the tensor in at least one element.
 */
template MaxPool(C, inSize, outSize, taps, S, N) {
    signal input x[C * inSize];
    signal output y[C * outSize];

    component max[C][outSize][taps];
    for (var p = 0; p < outSize; p++) {
        var inside[taps];
        var count = 0;
        for (var t = 0; t < taps; t++) {
            if (S[p][t] >= 0) {
                inside[count] = S[p][t];
                count++;
            }
        }
        assert(count > 0);
        for (var c = 0; c < C; c++) {
            for (var i = 1; i < count; i++) {
                max[c][p][i - 1] = Max(N[c]);
                if (i == 1) {
                    max[c][p][0].a <== x[c * inSize + inside[0]];
                } else {
                    max[c][p][i - 1].a <== max[c][p][i - 2].out;
                }
                max[c][p][i - 1].b <== x[c * inSize + inside[i]];
            }
            if (count == 1) {
                y[c * outSize + p] <== x[c * inSize + inside[0]];
            } else {
                y[c * outSize + p] <== max[c][p][count - 2].out;
            }
        }
    }
}
