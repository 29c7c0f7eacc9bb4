pragma circom 2.1.6;

include "../primitives/bounded-bits.circom";
include "ranged-pack.circom";

/**
 * @title IsOneOfSignals
 * @notice flag = 1 if in + shift is one of values, else 0. count + 2 constraints and a unique witness.
 */
template IsOneOfSignals(count, shift) {
    signal input in;
    signal input values[count];
    signal output flag;
    signal partial[atLeastOne(count - 1)];
    signal inverse;

    var product = in + shift - values[0];
    for (var i = 1; i < count; i++) {
        partial[i - 1] <== product * (in + shift - values[i]);
        product = partial[i - 1];
    }
    if (count == 1) {
        partial[0] <== 0;
    }
    flag <-- product == 0 ? 1 : 0;
    inverse <-- product == 0 ? 0 : 1 / product;
    product * inverse === 1 - flag;
    product * flag === 0;
    // Without this, inverse would be free where flag is 1.
    inverse * flag === 0;
}

/**
 * @title CommittedRequantize
 * @notice y = saturate(floor((multiplier acc + offset) / 2^F)), where multiplier and offset are signals.
 *
 *         shifted = multiplier acc + offset - base 2^F + 2^F window 2^excess = r + 2^F (w + window G) with r in [0, 2^F), w in [0, window)
 *         and G = 2^excess inside (y = base + w), h below, 2^excess + 1 + h above, h in [0, 2^excess). The right side is below 2^253, so
 *         every field element has at most one such form, whatever multiplier and offset are: y is determined by the inputs,
 *         and inputs outside the form's reach have no witness.
 *
 *         At an exceptional accumulator inside, y is the neighbour that v is nearer to: one higher in the upper half of r, one lower in the lower.
 * @param F             2^F is the divisor
 * @param base, window  y is base .. base + window - 1
 * @param excess        bits of the number of windows by which v can lie outside
 * @param slots, raise  number of exceptions, and what is added to an accumulator before it is compared with them
 * @input acc, multiplier, offset  any field elements
 * @input exceptions    raised accumulators; an unused slot holds what none is
 * @output y
 * @output shifted      in [0, 2^(F + bits of window (2^(excess + 1) + 1) - 1)): shown here
 */
template CommittedRequantize(F, base, window, excess, slots, raise) {
    assert(F + 8 + excess + 2 <= 252);
    signal input acc;
    signal input multiplier;
    signal input offset;
    signal input exceptions[atLeastOne(slots)];
    signal output y;
    signal output shifted;

    var D = 1 << F;
    var span = D * window;
    var start = span * (1 << excess) - base * D;
    shifted <-- multiplier * acc + offset + start;
    multiplier * acc === shifted - offset - start;

    signal low;
    signal high;
    signal h[atLeastOne(excess)];
    signal r[F];
    var block = shifted \ span;
    var isLow = block < (1 << excess) ? 1 : 0;
    var isHigh = block > (1 << excess) ? 1 : 0;
    low <-- isLow;
    high <-- isHigh;
    high * (high - 1) === 0;
    // low is 0 or 1 - high.
    low * (1 - low - high) === 0;
    var beyond = isLow == 1 ? block : block - (1 << excess) - 1;
    var G = (1 << excess) * (1 - low) + high;
    for (var i = 0; i < excess; i++) {
        h[i] <-- isLow + isHigh == 1 ? (beyond >> i) & 1 : 0;
        h[i] * (low + high - h[i]) === 0;
        G += h[i] * (1 << i);
    }
    if (excess == 0) {
        h[0] <== 0;
    }
    var remainder = 0;
    for (var i = 0; i < F; i++) {
        r[i] <-- (shifted >> i) & 1;
        r[i] * (r[i] - 1) === 0;
        remainder += r[i] * (1 << i);
    }
    var bits = bitLength(window - 1);
    component quotient = BoundedBits(bits, window - 1);
    quotient.hint <-- (shifted % span) \ D;
    var w = 0;
    for (var i = 0; i < bits; i++) {
        w += quotient.b[i] * (1 << i);
    }
    shifted === remainder + D * w + span * G;

    component exceptional;
    signal correction;
    if (slots > 0) {
        exceptional = IsOneOfSignals(slots, raise);
        exceptional.in <== acc;
        for (var i = 0; i < slots; i++) {
            exceptional.values[i] <== exceptions[i];
        }
        correction <== exceptional.flag * (2 * r[F - 1] - 1);
    } else {
        correction <== 0;
    }
    y <== (1 - low - high) * (base + w) + low * base + high * (base + window - 1) + correction;
}

/**
 * @title RequantizeChannels
 * @notice CommittedRequantize of size elements of each of M channels.
 * @param bound  1: also gives all `shifted` packed, to be hashed, and shows that no multiplier is zero; then the accumulators are functions
 *               of the packed elements and the committed numbers. 0: packed is one zero.
 * @input acc         [M, size] flat
 * @input exceptions  [M, slots] flat
 */
template RequantizeChannels(M, size, F, base, window, excess, slots, raise, bound) {
    var bits = F + bitLength(window * ((1 << (excess + 1)) + 1) - 1);
    var count = bound == 1 ? packedElements(M * size, bits) : 1;
    signal input acc[M * size];
    signal input multiplier[M];
    signal input offset[M];
    signal input exceptions[atLeastOne(M * slots)];
    signal output y[M * size];
    signal output packed[count];

    component at[M * size];
    signal inverse[M];
    for (var m = 0; m < M; m++) {
        for (var i = 0; i < size; i++) {
            var n = m * size + i;
            at[n] = CommittedRequantize(F, base, window, excess, slots, raise);
            at[n].acc <== acc[n];
            at[n].multiplier <== multiplier[m];
            at[n].offset <== offset[m];
            for (var e = 0; e < slots; e++) {
                at[n].exceptions[e] <== exceptions[m * slots + e];
            }
            if (slots == 0) {
                at[n].exceptions[0] <== 0;
            }
            y[n] <== at[n].y;
        }
        if (bound == 1) {
            inverse[m] <-- 1 / multiplier[m];
            multiplier[m] * inverse[m] === 1;
        } else {
            inverse[m] <== 0;
        }
    }
    if (bound == 1) {
        var each = perElement(bits);
        for (var k = 0; k < count; k++) {
            var sum = 0;
            for (var i = k * each; i < (k + 1) * each && i < M * size; i++) {
                sum = sum * (1 << bits) + at[i].shifted;
            }
            packed[k] <== sum;
        }
    } else {
        packed[0] <== 0;
    }
}
