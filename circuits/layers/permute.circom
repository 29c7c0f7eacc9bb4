pragma circom 2.1.6;

/**
 * @title Permute
 * @notice y[i] = x[S[i]]: wiring only, no constraints. ONNX Transpose on flat tensors.
 * @param n elements
 * @param S a permutation of 0 .. n - 1
 */
template Permute(n, S) {
    signal input x[n];
    signal output y[n];
    for (var i = 0; i < n; i++) {
        y[i] <== x[S[i]];
    }
}
