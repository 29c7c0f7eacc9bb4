pragma circom 2.1.6;

/**
 * @title Move
 * @notice y[i] = x[S[i]], or the constant fill where S[i] is -1: wiring only, no constraints. Transpose, Slice, Concat, Pad, Gather on
 *         flat tensors.
 * @param n, m  elements of x and y
 * @param S     indices into x, or -1
 * @param fill  constant
 */
template Move(n, m, S, fill) {
    signal input x[n];
    signal output y[m];
    for (var i = 0; i < m; i++) {
        if (S[i] < 0) {
            y[i] <== fill;
        } else {
            y[i] <== x[S[i]];
        }
    }
}
