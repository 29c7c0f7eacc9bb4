pragma circom 2.1.6;

include "../primitives/bounded-bits.circom";

/**
 * @title ProductWitness
 * @notice The same y as DirectProduct, without constraints: the caller must check it with ProductCheck.
 */
template ProductWitness(C, inSize, M, outSize, taps, group, S) {
    var groupIn = C \ group;
    var groupOut = M \ group;
    signal input x[C * inSize];
    signal input weights[M * groupIn * taps];
    signal input inputZero;
    signal input weightZero;
    signal output y[M * outSize];

    for (var m = 0; m < M; m++) {
        for (var p = 0; p < outSize; p++) {
            var sum = 0;
            for (var t = 0; t < taps; t++) {
                if (S[p][t] >= 0) {
                    for (var c = 0; c < groupIn; c++) {
                        sum += (x[((m \ groupOut) * groupIn + c) * inSize + S[p][t]] - inputZero)
                            * (weights[(m * groupIn + c) * taps + t] - weightZero);
                    }
                }
            }
            y[m * outSize + p] <-- sum;
        }
    }
}

/// Ones of flags[i] whose exponent is not zero.
function countRaised(n, flags, exponents) {
    var count = 0;
    for (var i = 0; i < n; i++) {
        count += flags[i] == 1 && exponents[i] > 0 ? 1 : 0;
    }
    return count;
}

function countOnes(n, flags) {
    var count = 0;
    for (var i = 0; i < n; i++) {
        count += flags[i];
    }
    return count;
}

/**
 * @title ProductCheck
 * @notice Freivalds' check of a whole convolution y = sum (x - inputZero) (w - weightZero) at a random point c (docs: committed-weights).
 *
 *         With exponents such that E(input element) = E(position) + E(tap) wherever a position reads an input element through a tap,
 *         and R above all of them, both sides are multiplied by c^(R m + E(position)) and summed over all outputs of a group:
 *
 *           sum_p c^E(p) sum_m c^(R m) y[m][p]  =  sum_k (sum_m c^(R m) w[m][k]) c^-E(tap of k) (sum_p c^E(input) x[input of (p, k)])
 *
 *         times c^(largest tap exponent), so that no exponent is negative. The right side takes one product for each input element and for
 *         each weight, not for each pair of a position and a weight.
 * @param C, inSize, M, outSize, taps, group, S  as in DirectProduct
 * @param I  I[input element] = E(input)
 * @param O  O[position] = E(position) + largest tap exponent, all distinct
 * @param T  T[tap] = largest tap exponent - E(tap)
 * @param R  above all exponents
 * @input x, weights, inputZero, weightZero  as in DirectProduct
 * @input y          what is checked
 * @input challenge  must be drawn after x, weights, zero points and y are fixed: then a false y passes with probability
 *                   below R M / p
 */
template ProductCheck(C, inSize, M, outSize, taps, group, S, I, O, T, R) {
    assert(R >= 2);
    var groupIn = C \ group;
    var groupOut = M \ group;
    signal input x[C * inSize];
    signal input weights[M * groupIn * taps];
    signal input inputZero;
    signal input weightZero;
    signal input y[M * outSize];
    signal input challenge;

    signal higher[R - 1];
    var power[R + 1];
    power[0] = 1;
    power[1] = challenge;
    for (var e = 2; e <= R; e++) {
        higher[e - 2] <== power[e - 1] * challenge;
        power[e] = higher[e - 2];
    }

    // Input elements and taps that any position reads.
    var read[inSize];
    var inside[taps];
    for (var p = 0; p < outSize; p++) {
        for (var t = 0; t < taps; t++) {
            if (S[p][t] >= 0) {
                read[S[p][t]] = 1;
                inside[t] = 1;
            }
        }
    }

    // x at c, one term an element.
    signal raised[C][atLeastOne(countRaised(inSize, read, I))];
    var term[C][inSize];
    for (var c = 0; c < C; c++) {
        var used = 0;
        for (var j = 0; j < inSize; j++) {
            if (read[j] == 1) {
                if (I[j] == 0) {
                    term[c][j] = x[c * inSize + j] - inputZero;
                } else {
                    raised[c][used] <== power[I[j]] * (x[c * inSize + j] - inputZero);
                    term[c][j] = raised[c][used];
                    used++;
                }
            }
        }
        if (used == 0) {
            raised[c][0] <== 0;
        }
    }

    var insideCount = countOnes(taps, inside);
    var shiftedCount = countRaised(taps, inside, T);
    signal column[group][groupIn][insideCount][atLeastOne(groupOut - 1)];
    signal shifted[group][groupIn][atLeastOne(shiftedCount)];
    signal product[group][groupIn][insideCount];
    signal combined[group][outSize][atLeastOne(groupOut - 1)];
    signal placed[group][outSize];
    for (var g = 0; g < group; g++) {
        // Left side: outputs at c.
        var left = 0;
        for (var p = 0; p < outSize; p++) {
            var horner = y[(g * groupOut + groupOut - 1) * outSize + p];
            for (var m = groupOut - 2; m >= 0; m--) {
                combined[g][p][m] <== horner * power[R];
                horner = combined[g][p][m] + y[(g * groupOut + m) * outSize + p];
            }
            if (groupOut == 1) {
                combined[g][p][0] <== 0;
            }
            placed[g][p] <== horner * power[O[p]];
            left += placed[g][p];
        }

        var right = 0;
        for (var c = 0; c < groupIn; c++) {
            var k = 0;
            var s = 0;
            for (var t = 0; t < taps; t++) {
                if (inside[t] == 1) {
                    // One column of weights at c.
                    var horner = weights[((g * groupOut + groupOut - 1) * groupIn + c) * taps + t] - weightZero;
                    for (var m = groupOut - 2; m >= 0; m--) {
                        column[g][c][k][m] <== horner * power[R];
                        horner = column[g][c][k][m] + weights[((g * groupOut + m) * groupIn + c) * taps + t] - weightZero;
                    }
                    if (groupOut == 1) {
                        column[g][c][k][0] <== 0;
                    }
                    if (T[t] > 0) {
                        shifted[g][c][s] <== horner * power[T[t]];
                        horner = shifted[g][c][s];
                        s++;
                    }
                    var inputs = 0;
                    for (var p = 0; p < outSize; p++) {
                        if (S[p][t] >= 0) {
                            inputs += term[g * groupIn + c][S[p][t]];
                        }
                    }
                    product[g][c][k] <== horner * inputs;
                    right += product[g][c][k];
                    k++;
                }
            }
            if (s == 0) {
                shifted[g][c][0] <== 0;
            }
        }
        left === right;
    }
}
