pragma circom 2.1.6;

include "../quant/table.circom";

/**
 * @title TableLookup
 * @notice y[i] = T[x[i] - min] for n elements: any function of one quantized element.
 */
template TableLookup(n, min, T) {
    signal input x[n];
    signal output y[n];
    component entry[n];
    for (var i = 0; i < n; i++) {
        entry[i] = Table(min, T);
        entry[i].in <== x[i];
        y[i] <== entry[i].out;
    }
}
