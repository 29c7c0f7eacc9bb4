pragma circom 2.1.6;

include "geometry.circom";
include "../primitives/max.circom";

/**
 * @title MaxPool
 * @notice Maximum over windows; padding never wins. (taps inside the tensor - 1) * (n + 2) constraints a window.
 * @param G  geometry
 * @param N  N[c] bits of the difference of two elements of channel c, see Max
 * @input x  [channels, in...] flat
 * @output y [channels, out...] flat
 * @dev Every window must meet the tensor in at least one element.
 */
template MaxPool(G, N) {
    var channels = G[GEOMETRY_CHANNELS()];
    var inSize = volume(G, GEOMETRY_IN());
    var outSize = volume(G, GEOMETRY_OUT());
    var taps = volume(G, GEOMETRY_KERNEL());
    signal input x[channels * inSize];
    signal output y[channels * outSize];

    component max[channels][outSize][taps];
    for (var p = 0; p < outSize; p++) {
        var sources[taps];
        var count = 0;
        for (var t = 0; t < taps; t++) {
            var source = sourceIndex(G, p, t);
            if (source >= 0) {
                sources[count] = source;
                count++;
            }
        }
        assert(count > 0);
        for (var c = 0; c < channels; c++) {
            for (var i = 1; i < count; i++) {
                max[c][p][i - 1] = Max(N[c]);
                if (i == 1) {
                    max[c][p][0].a <== x[c * inSize + sources[0]];
                } else {
                    max[c][p][i - 1].a <== max[c][p][i - 2].out;
                }
                max[c][p][i - 1].b <== x[c * inSize + sources[i]];
            }
            if (count == 1) {
                y[c * outSize + p] <== x[c * inSize + sources[0]];
            } else {
                y[c * outSize + p] <== max[c][p][count - 2].out;
            }
        }
    }
}
