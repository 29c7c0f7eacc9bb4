pragma circom 2.1.6;

/**
 * @title Product
 * @notice y[i] = (a[i] - za) * (b[i] - zb): one constraint an element.
 * @param n       elements
 * @param za, zb  zero points
 * @input x  a and then b, flat
 */
template Product(n, za, zb) {
    signal input x[2 * n];
    signal output y[n];
    for (var i = 0; i < n; i++) {
        y[i] <== (x[i] - za) * (x[n + i] - zb);
    }
}
