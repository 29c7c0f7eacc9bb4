pragma circom 2.1.6;

/**
 * Geometry of a window operator, always with three spatial axes (missing ones have size 1):
 * G = [channels, in[3], out[3], kernel[3], strides[3], dilations[3], padsBegin[3]]. Tensors are flat, row-major.
 */
function GEOMETRY_CHANNELS() { return 0; }
function GEOMETRY_IN() { return 1; }
function GEOMETRY_OUT() { return 4; }
function GEOMETRY_KERNEL() { return 7; }
function GEOMETRY_STRIDES() { return 10; }
function GEOMETRY_DILATIONS() { return 13; }
function GEOMETRY_PADS() { return 16; }

/// Product of the three numbers of G at `field`.
function volume(G, field) {
    return G[field] * G[field + 1] * G[field + 2];
}

/// Flat spatial index of the input element under tap `tap` of the window at output position `position`, or -1 in the padding.
function sourceIndex(G, position, tap) {
    var index = 0;
    var p = position;
    var t = tap;
    var at[3];
    for (var axis = 2; axis >= 0; axis--) {
        var out = G[GEOMETRY_OUT() + axis];
        var kernel = G[GEOMETRY_KERNEL() + axis];
        at[axis] = (p % out) * G[GEOMETRY_STRIDES() + axis] + (t % kernel) * G[GEOMETRY_DILATIONS() + axis] - G[GEOMETRY_PADS() + axis];
        p = p \ out;
        t = t \ kernel;
    }
    for (var axis = 0; axis < 3; axis++) {
        if (at[axis] < 0 || at[axis] >= G[GEOMETRY_IN() + axis]) {
            return -1;
        }
        index = index * G[GEOMETRY_IN() + axis] + at[axis];
    }
    return index;
}
