pragma circom 2.1.6;

include "../primitives/bounded-bits.circom";
include "../primitives/is-zero.circom";

/**
 * @title FloatAdd
 * @notice Sum of two non-negative floats M 2^P of W significant bits (24 for float32), rounded to such a float, half to even.
 *         The number with the greater exponent is `upper`, the other one is divided by 2^distance. T = (upper + lower / 2^distance) 2^F is an
 *         integer, and (2 - carry) T = M 2^(F + 1) + r with 2^(W - 1) <= M < 2^W and 0 <= r < 2^(F + 1) rounds to M or M + 1.
 * @param W          significant bits, 2 to 64
 * @param gap        greatest difference of the two exponents, at least 1
 * @param subnormal  1 where numbers below 2^(W - 1) may occur (with exponent 0), zero included; else 0
 * @input aM, aP     the one number: 2^(W - 1) <= aM <= 2^W, or aM <= 2^(W - 1) with aP = 0 where subnormal. The caller must know this.
 * @input bM, bP     the other: the same, but bM < 2^W
 * @output m, p      the sum, as the number a is given: m = 2^W is left as it is
 * @dev Beyond distance W + 1 (W + 2 where a is the lower one) the lower number is below half a unit of the upper one's last place: it is taken as
 *      if it stood there, and rounding drops it.
 */
template FloatAdd(W, gap, subnormal) {
    assert(W >= 2 && W <= 64 && gap >= 1);
    var reach = gap < W + 1 ? gap : W + 1;
    var nearBits = bitLength(reach);
    var farBits = bitLength(gap - reach);
    var F = reach + 1;

    signal input aM;
    signal input aP;
    signal input bM;
    signal input bP;
    signal output m;
    signal output p;

    // b has the greater exponent.
    signal swapped <-- bP > aP ? 1 : 0;
    swapped * (swapped - 1) === 0;
    signal upper <== swapped * (bM - aM) + aM;
    // Divided by 2 where swapped, because the distance below is one less.
    signal lower <== swapped * (aM / 2 - bM) + bM;

    // |aP - bP| - swapped, as near + far: near is as far as it can be where far is not zero.
    var distance = swapped == 1 ? bP - aP - 1 : aP - bP;
    component nearness = BoundedBits(nearBits, reach);
    nearness.hint <-- distance < reach ? distance : reach;
    var near = 0;
    for (var i = 0; i < nearBits; i++) {
        near += nearness.b[i] * (1 << i);
    }
    signal farBit[atLeastOne(farBits)];
    var far = 0;
    for (var i = 0; i < farBits; i++) {
        farBit[i] <-- distance < reach ? 0 : ((distance - reach) >> i) & 1;
        farBit[i] * (farBit[i] - 1) === 0;
        far += farBit[i] * (1 << i);
    }
    if (farBits > 0) {
        far * (near - reach) === 0;
    } else {
        farBit[0] <== 0;
    }
    (1 - 2 * swapped) * (aP - bP) === near + far + swapped;

    // shifted[nearBits - 1] = lower 2^(F - near).
    signal shifted[nearBits];
    var scaled = lower * (1 << F) / (1 << ((1 << nearBits) - 1));
    for (var i = 0; i < nearBits; i++) {
        var whole = 1 << (1 << i);
        shifted[i] <== scaled * (whole + nearness.b[i] * (1 - whole));
        scaled = shifted[i];
    }
    var T = upper * (1 << F) + scaled;

    p <-- (T >= (1 << (W + F)) ? 1 : 0) + (swapped == 1 ? bP : aP);
    var carry = p - (aP + bP + near + far + swapped) / 2;
    carry * (carry - 1) === 0;

    signal isSubnormal;
    if (subnormal == 1) {
        isSubnormal <-- T < (1 << (W - 1 + F)) ? 1 : 0;
        isSubnormal * (isSubnormal - 1) === 0;
        isSubnormal * p === 0;
    } else {
        isSubnormal <== 0;
    }

    signal mantissa[W - 1];
    signal rest[F + 1];
    var normalized = T >= (1 << (W + F)) ? T : 2 * T;
    var M = (1 << (W - 1)) * (1 - isSubnormal);
    for (var i = 0; i < W - 1; i++) {
        mantissa[i] <-- (normalized >> (F + 1 + i)) & 1;
        mantissa[i] * (mantissa[i] - 1) === 0;
        M += mantissa[i] * (1 << i);
    }
    var r = 0;
    for (var i = 0; i <= F; i++) {
        rest[i] <-- (normalized >> i) & 1;
        rest[i] * (rest[i] - 1) === 0;
        r += rest[i] * (1 << i);
    }
    (2 - carry) * T === M * (1 << (F + 1)) + r;

    // Rounds up from half a unit on, except from just half a unit to an odd number.
    component tie = IsZero();
    tie.in <== r - rest[F] * (1 << F) + mantissa[0] * (1 << F);
    m <== rest[F] * (1 - tie.flag) + M;
}

/**
 * @title FloatSum
 * @notice Float sum of N numbers M 2^P in their order, rounded after each addition. N - 1 times FloatAdd.
 * @param N  numbers, at least 1
 * @param W, gap, subnormal  see FloatAdd
 * @input M, P   each as b of FloatAdd
 * @output m, p  as a of FloatAdd
 */
template FloatSum(N, W, gap, subnormal) {
    signal input M[N];
    signal input P[N];
    signal output m;
    signal output p;
    component add[N];
    for (var i = 1; i < N; i++) {
        add[i] = FloatAdd(W, gap, subnormal);
        if (i == 1) {
            add[i].aM <== M[0];
            add[i].aP <== P[0];
        } else {
            add[i].aM <== add[i - 1].m;
            add[i].aP <== add[i - 1].p;
        }
        add[i].bM <== M[i];
        add[i].bP <== P[i];
    }
    if (N == 1) {
        m <== M[0];
        p <== P[0];
    } else {
        m <== add[N - 1].m;
        p <== add[N - 1].p;
    }
}
