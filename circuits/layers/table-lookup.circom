pragma circom 2.1.6;

include "../quant/table.circom";

/**
 * @title TableLookup
 * @notice y[i] = T[R[i]][x[i] - min] for n elements: any function of one quantized element, which may differ between elements.
 * @param n    elements
 * @param min  lowest value of the elements' dtype
 * @param R    R[i] = table of element i
 * @param count, T  tables of 256 entries
 */
template TableLookup(n, min, R, count, T) {
    signal input x[n];
    signal output y[n];
    component entry[n];
    for (var i = 0; i < n; i++) {
        entry[i] = Table(min, T[R[i]]);
        entry[i].in <== x[i];
        y[i] <== entry[i].out;
    }
}
