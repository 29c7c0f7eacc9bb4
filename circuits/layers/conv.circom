pragma circom 2.1.6;

include "../quant/requantize.circom";

/**
 * @title Conv
 * @notice Quantized convolution with constant weights, requantized per output channel (or left as accumulators, see Requantize).
 *         A matrix product is a convolution of size 1; an elementwise requantization is one with as many groups as channels.
 *         Tensors are flat, row-major, channels first.
 * @param C, inSize    input channels and spatial elements of one
 * @param M, outSize   output channels and spatial elements of one
 * @param taps         kernel elements
 * @param group        ONNX group
 * @param zeroPoint    of the input: what padding holds
 * @param S   S[position][tap] = spatial index of the input element there, or -1 in the padding
 * @param W   W[m][k], k over (channels of the group, taps)
 * @param B   B[m] = bias - zeroPoint * sum of W[m]
 * @param F, X, E  forms and exceptions, see Requantize
 * @input x   [C, inSize] flat
 * @output y  [M, outSize] flat
 */
template Conv(C, inSize, M, outSize, taps, group, zeroPoint, S, W, B, F, X, E) {
    var groupIn = C \ group;
    var groupOut = M \ group;
    signal input x[C * inSize];
    signal output y[M * outSize];

    component at[group][outSize];
    for (var g = 0; g < group; g++) {
        var groupW[groupOut][groupIn * taps];
        var groupB[groupOut];
        var groupF[groupOut][FORM_COLUMNS()];
        var groupE[groupOut][X];
        for (var n = 0; n < groupOut; n++) {
            groupW[n] = W[g * groupOut + n];
            groupB[n] = B[g * groupOut + n];
            groupF[n] = F[g * groupOut + n];
            groupE[n] = E[g * groupOut + n];
        }
        for (var p = 0; p < outSize; p++) {
            at[g][p] = Requantize(groupIn * taps, groupOut, groupW, groupB, groupF, X, groupE);
            for (var t = 0; t < taps; t++) {
                var to = t;
                if (S[p][t] < 0) {
                    for (var c = 0; c < groupIn; c++) {
                        at[g][p].x[to] <== zeroPoint;
                        to += taps;
                    }
                } else {
                    var from = g * groupIn * inSize + S[p][t];
                    for (var c = 0; c < groupIn; c++) {
                        at[g][p].x[to] <== x[from];
                        to += taps;
                        from += inSize;
                    }
                }
            }
            var to = g * groupOut * outSize + p;
            for (var n = 0; n < groupOut; n++) {
                y[to] <== at[g][p].y[n];
                to += outSize;
            }
        }
    }
}
