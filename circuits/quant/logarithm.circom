pragma circom 2.1.6;

include "../primitives/bounded-bits.circom";
include "table.circom";

/**
 * @title Logarithm
 * @notice Logarithm of a sum S = m 2^(K + e), 1 <= m < 2, in integers: with the first 8 bits p of m and the next W ones t,
 *         out = floor(sum over j of C[j][p] (t / 2^W)^j + e doubling + add). Bits below t do not count.
 * @param K         S is at least 2^K
 * @param spread    S is below 2^(K + spread + 1); 1 to 30
 * @param W         bits of t; W + 8 <= K
 * @param degree    at least 1; degree * W at most 180
 * @param C         C[j][p] constants, j up to degree
 * @param doubling, add
 * @input S         the caller must know its bounds, and that the sum above is in 0 .. 2^60 for every S
 * @output out      the caller must show that it is an integer, |out| < 2^60: it may show that an integer plus out is one. It is then the only one
 */
template Logarithm(K, spread, W, degree, C, doubling, add) {
    assert(spread >= 1 && spread <= 30 && W >= 1 && W + 8 <= K && degree >= 1 && degree * W <= 180);
    var B = bitLength(spread);
    var bits = K + spread;
    signal input S;
    signal output out;

    // normalized = S 2^shift is in [2^bits, 2^(bits + 1)): one shift only does that.
    var shiftHint = 0;
    while (shiftHint < spread && (S << shiftHint) < (1 << bits)) {
        shiftHint++;
    }
    signal shiftBit[B];
    signal scaled[B];
    var normalized = S;
    var shift = 0;
    for (var i = 0; i < B; i++) {
        shiftBit[i] <-- (shiftHint >> i) & 1;
        shiftBit[i] * (shiftBit[i] - 1) === 0;
        shift += shiftBit[i] * (1 << i);
        scaled[i] <== normalized * (1 + shiftBit[i] * ((1 << (1 << i)) - 1));
        normalized = scaled[i];
    }

    // Below the leading bit: p, of 8 bits as Tables shows, t, and the rest.
    var D = bits - 8 - W;
    signal tailBit[W];
    signal restBit[atLeastOne(D)];
    var t = 0;
    for (var i = 0; i < W; i++) {
        tailBit[i] <-- (normalized >> (D + i)) & 1;
        tailBit[i] * (tailBit[i] - 1) === 0;
        t += tailBit[i] * (1 << i);
    }
    var rest = 0;
    for (var i = 0; i < D; i++) {
        restBit[i] <-- (normalized >> i) & 1;
        restBit[i] * (restBit[i] - 1) === 0;
        rest += restBit[i] * (1 << i);
    }
    if (D == 0) {
        restBit[0] <== 0;
    }
    component coefficient = Tables(degree + 1, 0, C);
    coefficient.in <== (normalized - (1 << bits) - t * (1 << D) - rest) / (1 << (bits - 8));

    // Horner's rule, in units of 2^(-degree W).
    signal power[degree];
    var total = coefficient.out[degree];
    for (var i = 0; i < degree; i++) {
        power[i] <== total * t;
        total = power[i] + coefficient.out[degree - 1 - i] * (1 << (W * (i + 1)));
    }
    total += ((spread - shift) * doubling + add) * (1 << (W * degree));

    signal fraction[W * degree];
    var below = 0;
    for (var i = 0; i < W * degree; i++) {
        fraction[i] <-- (total >> i) & 1;
        fraction[i] * (fraction[i] - 1) === 0;
        below += fraction[i] * (1 << i);
    }
    out <== (total - below) / (1 << (W * degree));
}
