pragma circom 2.1.6;

/**
 * @title DistancesFromGreatest
 * @notice d[i] = greatest - x[i]. 2 D - 1 constraints.
 * @param D   elements, at least 2
 * @input x   integers
 * @output d  as a field element; the caller must show that each is not negative: then no element is above the greatest, and their product,
 *            which is zero, says that one is it
 */
template DistancesFromGreatest(D) {
    signal input x[D];
    signal output d[D];

    signal greatest;
    var most = x[0];
    for (var i = 1; i < D; i++) {
        most = x[i] > most ? x[i] : most;
    }
    greatest <-- most;
    signal product[D];
    for (var i = 0; i < D; i++) {
        d[i] <== greatest - x[i];
        if (i == 0) {
            product[0] <== d[0];
        } else {
            product[i] <== product[i - 1] * d[i];
        }
    }
    product[D - 1] === 0;
}
