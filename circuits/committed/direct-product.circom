pragma circom 2.1.6;

/// Products of all output elements of one channel.
function productsOf(outSize, taps, S, groupIn) {
    var count = 0;
    for (var p = 0; p < outSize; p++) {
        for (var t = 0; t < taps; t++) {
            count += S[p][t] >= 0 ? groupIn : 0;
        }
    }
    return count;
}

/**
 * @title DirectProduct
 * @notice Convolution with weights that are signals: y = sum (x - inputZero) (w - weightZero). One constraint a product inside the
 *         tensor, and one an output element that sums several.
 *         A matrix product is a convolution of size 1. Tensors are flat, row-major, channels first; padding adds nothing.
 * @param C, inSize    input channels and spatial elements of one
 * @param M, outSize   output channels and spatial elements of one
 * @param taps, group  kernel elements, ONNX group
 * @param S   S[position][tap] = spatial index of the input element there, or -1 in the padding
 * @input x        [C, inSize] flat
 * @input weights  [M, C / group, taps] flat
 * @output y       [M, outSize] flat: determined by the inputs, whatever they are
 */
template DirectProduct(C, inSize, M, outSize, taps, group, S) {
    var groupIn = C \ group;
    var groupOut = M \ group;
    signal input x[C * inSize];
    signal input weights[M * groupIn * taps];
    signal input inputZero;
    signal input weightZero;
    signal output y[M * outSize];

    signal product[M * productsOf(outSize, taps, S, groupIn)];
    var used = 0;
    for (var m = 0; m < M; m++) {
        for (var p = 0; p < outSize; p++) {
            // Summed in parts: adding every term to one long combination would be quadratic.
            var sum = 0;
            var part = 0;
            var terms = 0;
            for (var c = 0; c < groupIn; c++) {
                for (var t = 0; t < taps; t++) {
                    if (S[p][t] >= 0) {
                        product[used] <== (x[((m \ groupOut) * groupIn + c) * inSize + S[p][t]] - inputZero)
                            * (weights[(m * groupIn + c) * taps + t] - weightZero);
                        part += product[used];
                        used++;
                        terms++;
                        if (terms % 32 == 0) {
                            sum += part;
                            part = 0;
                        }
                    }
                }
            }
            y[m * outSize + p] <== sum + part;
        }
    }
}
