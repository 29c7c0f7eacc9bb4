pragma circom 2.1.6;

include "../quant/requantize.circom";

/**
 * @title Conv
 * @notice Quantized convolution with constant weights, requantized per output channel (or left as accumulators, see Requantize).
 *         A matrix product is a convolution of size 1; an elementwise requantization is one with as many groups as channels.
 *         Tensors are flat, row-major, channels first.
 *         Positions are taken in blocks that are alike: one component each, which the compiler then evaluates once for all.
 * @param C, inSize    input channels and spatial elements of one
 * @param M            output channels
 * @param blocks, P    blocks, and positions of one: blocks * P spatial elements of the output
 * @param cells        input elements of one channel that a block reads
 * @param taps         kernel elements
 * @param group        ONNX group
 * @param zeroPoint    of the input: what padding holds
 * @param S   S[block][cell] = spatial index of the input element there, or -1 in the padding
 * @param T   T[position][tap] = cell, in every block
 * @param W   W[m][k], k over (channels of the group, taps)
 * @param B   B[m] = bias - zeroPoint * sum of W[m]
 * @param F, X, E  forms and exceptions, see Requantize
 * @input x   [C, inSize] flat
 * @output y  [M, blocks * P] flat
 */
template Conv(C, inSize, M, blocks, P, cells, taps, group, zeroPoint, S, T, W, B, F, X, E) {
    var groupIn = C \ group;
    var groupOut = M \ group;
    var K = groupIn * taps;
    signal input x[C * inSize];
    signal output y[M * blocks * P];

    var places[P][K];
    for (var p = 0; p < P; p++) {
        for (var c = 0; c < groupIn; c++) {
            for (var t = 0; t < taps; t++) {
                places[p][c * taps + t] = c * cells + T[p][t];
            }
        }
    }
    component at[group][blocks];
    for (var g = 0; g < group; g++) {
        var groupW[groupOut][K];
        var groupB[groupOut];
        var groupF[groupOut][FORM_COLUMNS()];
        var groupE[groupOut][X];
        for (var n = 0; n < groupOut; n++) {
            groupW[n] = W[g * groupOut + n];
            groupB[n] = B[g * groupOut + n];
            groupF[n] = F[g * groupOut + n];
            groupE[n] = E[g * groupOut + n];
        }
        for (var b = 0; b < blocks; b++) {
            at[g][b] = Requantize(groupIn * cells, P, K, places, groupOut, groupW, groupB, groupF, X, groupE);
            for (var i = 0; i < cells; i++) {
                var to = i;
                if (S[b][i] < 0) {
                    for (var c = 0; c < groupIn; c++) {
                        at[g][b].x[to] <== zeroPoint;
                        to += cells;
                    }
                } else {
                    var from = g * groupIn * inSize + S[b][i];
                    for (var c = 0; c < groupIn; c++) {
                        at[g][b].x[to] <== x[from];
                        to += cells;
                        from += inSize;
                    }
                }
            }
            for (var n = 0; n < groupOut; n++) {
                for (var p = 0; p < P; p++) {
                    y[((g * groupOut + n) * blocks + b) * P + p] <== at[g][b].y[n * P + p];
                }
            }
        }
    }
}
