pragma circom 2.1.6;

/**
 * @title Transpose
 * @notice ONNX Transpose of a flat row-major tensor: wiring only, no constraints.
 * @param rank  number of axes
 * @param shape input dimensions
 * @param perm  output axis i is input axis perm[i]
 */
template Transpose(rank, n, shape, perm) {
    signal input x[n];
    signal output y[n];
    for (var o = 0; o < n; o++) {
        var at[rank];
        var rest = o;
        for (var axis = rank - 1; axis >= 0; axis--) {
            at[perm[axis]] = rest % shape[perm[axis]];
            rest = rest \ shape[perm[axis]];
        }
        var index = 0;
        for (var axis = 0; axis < rank; axis++) {
            index = index * shape[axis] + at[axis];
        }
        y[o] <== x[index];
    }
}
