pragma circom 2.1.6;

include "../primitives/bounded-bits.circom";
include "../primitives/is-zero.circom";

/// 2^(W + 1) times the greatest quotient of two positive numbers that is rounded to a float of W significant bits, half to even, and then to k:
/// k + 1/2 and half a unit in its last place, more for an even k, which owns the tie, less for an odd k.
function quotientEnd(W, k) {
    var unit = 1 << bitLength(k);
    return (2 * k + 1) * (1 << W) + (k % 2 == 0 ? unit : -unit);
}

/**
 * @title RoundedQuotient
 * @notice y = min(rint(float(n / S)), highest) + zero, where float rounds to W significant bits (24 for float32); both round half to even.
 *         With end(k) as in quotientEnd, the unsaturated q has 2^(W + 1) n <= S end(q) and, unless q = 0, 2^(W + 1) n > S end(q - 1); the bounds
 *         themselves go to the even one of two neighbours. The ends increase with k, so that there is one q for each n and S.
 * @param W          significant bits; 2 highest + 1 must have fewer
 * @param highest    greatest quotient that y can tell, 1 to 255
 * @param saturates  1 where the quotient may be greater
 * @param L          2^(W + 1) n and S end(q) differ by less than 2^L for the q that is the result, and their neighbours; at most 240
 * @param zero       zero point of y
 * @input n, S       integers, n >= 0 and S > 0, such that the above holds: the caller must know this
 * @output y
 */
template RoundedQuotient(W, highest, saturates, L, zero) {
    assert(highest >= 1 && 2 * highest + 1 < (1 << (W - 1)) && W <= 64 && L <= 240);
    var B = bitLength(highest);
    signal input n;
    signal input S;
    signal output y;

    var hint = (2 * n + S) \ (2 * S);
    if (S * quotientEnd(W, hint) - (1 << (W + 1)) * n - hint % 2 < 0) {
        hint++;
    } else if (hint > 0 && (1 << (W + 1)) * n - S * quotientEnd(W, hint - 1) - hint % 2 < 0) {
        hint--;
    }
    var isOver = hint > highest ? 1 : 0;
    hint = isOver == 1 ? highest : hint;

    component bits = BoundedBits(B, highest);
    bits.hint <-- hint;
    var q = 0;
    for (var i = 0; i < B; i++) {
        q += bits.b[i] * (1 << i);
    }
    y <== q + zero;

    // atLeast[i] = 1 if q >= 2^i, so that unit = 2^bitLength(q).
    signal atLeast[B];
    atLeast[B - 1] <== bits.b[B - 1];
    var unit = 1 + atLeast[B - 1] * (1 << (B - 1));
    for (var i = B - 2; i >= 0; i--) {
        atLeast[i] <== atLeast[i + 1] * (1 - bits.b[i]) + bits.b[i];
        unit += atLeast[i] * (1 << i);
    }
    // The unit of q - 1 is half as large where q is a power of two.
    component isPower = IsZero();
    isPower.in <== unit - 2 * q;
    signal powerUnit <== isPower.flag * unit;
    signal oddUnit <== bits.b[0] * unit;
    signal oddPowerUnit <== bits.b[0] * powerUnit;
    var end = (2 * q + 1) * (1 << W) + unit - 2 * oddUnit;
    var previousEnd = (2 * q - 1) * (1 << W) - (unit - powerUnit / 2) + 2 * oddUnit - oddPowerUnit;

    signal over;
    if (saturates == 1) {
        over <-- isOver;
        over * (over - 1) === 0;
        over * (q - highest) === 0;
    } else {
        over <== 0;
    }

    // S end(q) - 2^(W + 1) n >= 0, or > 0 for an odd q; negative where over.
    signal above[L];
    var room = S * quotientEnd(W, hint) - (1 << (W + 1)) * n - hint % 2 + isOver * (1 << L);
    var sum = 0;
    for (var i = 0; i < L; i++) {
        above[i] <-- (room >> i) & 1;
        above[i] * (above[i] - 1) === 0;
        sum += above[i] * (1 << i);
    }
    S * end === sum + (1 << (W + 1)) * n + bits.b[0] - over * (1 << L);

    // 2^(W + 1) n - S end(q - 1) > 0, or >= 0 for an even q.
    signal below[L];
    room = (1 << (W + 1)) * n - S * (hint == 0 ? -quotientEnd(W, 0) : quotientEnd(W, hint - 1)) - hint % 2;
    sum = 0;
    for (var i = 0; i < L; i++) {
        below[i] <-- (room >> i) & 1;
        below[i] * (below[i] - 1) === 0;
        sum += below[i] * (1 << i);
    }
    S * previousEnd === (1 << (W + 1)) * n - bits.b[0] - sum;
}
