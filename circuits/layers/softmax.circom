pragma circom 2.1.6;

include "../quant/distances.circom";
include "../quant/float-sum.circom";
include "../quant/rounded-quotient.circom";
include "../quant/table.circom";

/**
 * @title SoftmaxRow
 * @notice Softmax of D elements in float32, rounding by rounding: y[i] = min(rint(f32(f32(e[i] factor) / sum)), highest) + zero with
 *         e[i] = exponential(max - x[i]) and sum the float32 sum of all e[i] in order.
 *         The exponentials are tables of distances from the maximum. Each is M 2^P; the greatest is M[0] 2^P[0], and the sum has one of the
 *         exponents P[0] .. P[0] + spread. Numerators and the sum are compared in units of 2^(P[0] - 1): below half of the greatest
 *         exponential a numerator can only give 0, and stands as 0.
 * @param D       elements, at least 2
 * @param gap, subnormal  of the exponents, see FloatAdd
 * @param spread  see above, at least 1
 * @param T       T[0] = M, T[1] = P, T[2] = numerators f32(e factor), by distance
 * @param highest, saturates, L, zero  see RoundedQuotient
 * @input x       elements within one 8-bit dtype: the template shows that they differ by at most 255
 * @output y
 */
template SoftmaxRow(D, gap, subnormal, spread, T, highest, saturates, L, zero) {
    signal input x[D];
    signal output y[D];

    component distances = DistancesFromGreatest(D);
    distances.x <== x;
    component exponential[D];
    component sum = FloatSum(D, 24, gap, subnormal);
    for (var i = 0; i < D; i++) {
        exponential[i] = Tables(3, 0, T);
        exponential[i].in <== distances.d[i];
        sum.M[i] <== exponential[i].out[0];
        sum.P[i] <== exponential[i].out[1];
    }

    // total = m 2^(p - P[0] + 1).
    var B = bitLength(spread);
    var lowest = sum.p - T[1][0];
    signal exponentBit[B];
    exponentBit[0] <== 0;
    for (var i = 1; i < B; i++) {
        exponentBit[i] <-- ((sum.p - T[1][0]) >> i) & 1;
        exponentBit[i] * (exponentBit[i] - 1) === 0;
        lowest -= exponentBit[i] * (1 << i);
    }
    lowest * (lowest - 1) === 0;
    signal scaled[B];
    var total = 2 * sum.m;
    for (var i = 0; i < B; i++) {
        if (i == 0) {
            scaled[0] <== total * (1 + lowest);
        } else {
            scaled[i] <== total * (1 + exponentBit[i] * ((1 << (1 << i)) - 1));
        }
        total = scaled[i];
    }

    component quotient[D];
    for (var i = 0; i < D; i++) {
        quotient[i] = RoundedQuotient(24, highest, saturates, L, zero);
        quotient[i].n <== exponential[i].out[2];
        quotient[i].S <== scaled[B - 1];
        y[i] <== quotient[i].y;
    }
}

/**
 * @title Softmax
 * @notice SoftmaxRow on G groups of D elements each; S[g][i] is the place of element i of group g, in x and in y.
 */
template Softmax(G, D, S, gap, subnormal, spread, T, highest, saturates, L, zero) {
    signal input x[G * D];
    signal output y[G * D];
    component row[G];
    for (var g = 0; g < G; g++) {
        row[g] = SoftmaxRow(D, gap, subnormal, spread, T, highest, saturates, L, zero);
        for (var i = 0; i < D; i++) {
            row[g].x[i] <== x[S[g][i]];
        }
        for (var i = 0; i < D; i++) {
            y[S[g][i]] <== row[g].y[i];
        }
    }
}
