pragma circom 2.1.6;

include "../primitives/range-check.circom";
include "table.circom";

/**
 * @title StepLookup
 * @notice y = the step that x stands on: starts[y] <= x < ends[y]. Any non-decreasing function to 8-bit integers. 51 + 2 bits constraints.
 * @param bits    bits of the widest step; at most 240
 * @param min     lowest value of y's dtype
 * @param starts, ends  by y - min. Steps of different y have no x in common; starts[y] >= ends[y] where no x belongs to y.
 * @input x       an integer, |x| < 2^240: the caller must know this
 * @output y      the template shows that it is one of min .. min + 255
 * @dev Both differences lie in [0, 2^bits), so x is on the step; only one step holds it.
 */
template StepLookup(bits, min, starts, ends) {
    assert(bits >= 1 && bits <= 240);
    signal input x;
    signal output y;

    var step = min;
    for (var i = 0; i < 256; i++) {
        if (starts[i] <= x && x < ends[i]) {
            step = min + i;
        }
    }
    y <-- step;
    component edges = Tables(2, min, [starts, ends]);
    edges.in <== y;

    component above = RangeCheck(bits, 0);
    above.in <== x - edges.out[0];
    component below = RangeCheck(bits, 0);
    below.in <== edges.out[1] - 1 - x;
}
