pragma circom 2.1.6;

include "../quant/step-lookup.circom";

/**
 * @title StepLookups
 * @notice StepLookup of n integers, all with the same steps.
 */
template StepLookups(n, bits, min, starts, ends) {
    signal input x[n];
    signal output y[n];
    component step[n];
    for (var i = 0; i < n; i++) {
        step[i] = StepLookup(bits, min, starts, ends);
        step[i].x <== x[i];
        y[i] <== step[i].y;
    }
}
