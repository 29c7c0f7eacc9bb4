pragma circom 2.1.6;

include "../quant/distances.circom";
include "../quant/logarithm.circom";

/**
 * @title SaturatedSteps
 * @notice y = zero - min(floor(v / 2^F), most), v = slope d + base. v = r + 2^F (n + over) with r < 2^F and n <= most, where over is zero
 *         unless n = most: n + over is the quotient, and n is it where it is at most `most`, else `most`.
 * @param F      bits that are dropped
 * @param slope, zero
 * @param most   at least 1
 * @param X      bits of over, 0 where v cannot exceed 2^F (most + 1)
 * @input d, base integers, 0 <= v < 2^F (most + 2^X), F + X at most 200: the caller must know this but for base, of which this template
 *               shows that it is an integer, 0 <= v, where d is one
 * @output y
 */
template SaturatedSteps(F, slope, most, X, zero) {
    assert(F + X <= 200);
    signal input d;
    signal input base;
    signal output y;

    var v = slope * d + base;
    var quotient = v >> F;
    component bits = BoundedBits(bitLength(most), most);
    bits.hint <-- quotient < most ? quotient : most;
    var steps = 0;
    for (var i = 0; i < bitLength(most); i++) {
        steps += bits.b[i] * (1 << i);
    }
    y <== zero - steps;

    signal overBit[atLeastOne(X)];
    var over = 0;
    for (var i = 0; i < X; i++) {
        overBit[i] <-- quotient < most ? 0 : ((quotient - most) >> i) & 1;
        overBit[i] * (overBit[i] - 1) === 0;
        over += overBit[i] * (1 << i);
    }
    if (X > 0) {
        over * (steps - most) === 0;
    } else {
        overBit[0] <== 0;
    }

    signal remainder[F];
    var r = 0;
    for (var i = 0; i < F; i++) {
        remainder[i] <-- (v >> i) & 1;
        remainder[i] * (remainder[i] - 1) === 0;
        r += remainder[i] * (1 << i);
    }
    v === r + (steps + over) * (1 << F);
}

/**
 * @title LogSoftmaxRow
 * @notice LogSoftmax of D elements in integers: with d[i] = max - x[i] and a Logarithm of the sum of all E[d[i]],
 *         y[i] = zero - min(floor((slope d[i] + logarithm) / 2^F), most).
 * @param D        elements, at least 2
 * @param E        256 integers, non-increasing: E[0] = 2^K
 * @param K, W, degree, C, doubling  see Logarithm
 * @param F, slope, most, X, zero    see SaturatedSteps
 * @input x        elements within one 8-bit dtype: the template shows that they differ by at most 255
 * @output y
 */
template LogSoftmaxRow(D, E, K, W, degree, C, doubling, F, slope, most, X, zero) {
    signal input x[D];
    signal output y[D];

    component distances = DistancesFromGreatest(D);
    distances.x <== x;
    component exponential[D];
    var S = 0;
    for (var i = 0; i < D; i++) {
        exponential[i] = Table(0, E);
        exponential[i].in <== distances.d[i];
        S += exponential[i].out;
    }

    component logarithm = Logarithm(K, bitLength(D) - 1, W, degree, C, doubling, 1 << (F - 1));
    logarithm.S <== S;

    component steps[D];
    for (var i = 0; i < D; i++) {
        steps[i] = SaturatedSteps(F, slope, most, X, zero);
        steps[i].d <== distances.d[i];
        steps[i].base <== logarithm.out;
        y[i] <== steps[i].y;
    }
}

/**
 * @title LogSoftmax
 * @notice LogSoftmaxRow on G groups of D elements each; S[g][i] is the place of element i of group g, in x and in y.
 */
template LogSoftmax(G, D, S, E, K, W, degree, C, doubling, F, slope, most, X, zero) {
    signal input x[G * D];
    signal output y[G * D];
    component row[G];
    for (var g = 0; g < G; g++) {
        row[g] = LogSoftmaxRow(D, E, K, W, degree, C, doubling, F, slope, most, X, zero);
        for (var i = 0; i < D; i++) {
            row[g].x[i] <== x[S[g][i]];
        }
        for (var i = 0; i < D; i++) {
            y[S[g][i]] <== row[g].y[i];
        }
    }
}
