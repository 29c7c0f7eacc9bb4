pragma circom 2.1.6;

include "../primitives/bounded-bits.circom";
include "../primitives/is-zero.circom";

/**
 * @title FloatRound
 * @notice An integer rounded half to even to W significant bits (24 for float32): what a float addition does to an exact sum.
 *         W + 5 drop + 5 constraints, drop more where signed.
 *
 *         With j the number of bits that |in| has beyond W, out is the multiple of 2^j nearest to in. In two's complement the bits below j are what lies
 *         above the multiple at or below in, and bit j is the parity of that multiple, whatever the sign.
 * @param W       significant bits
 * @param drop    greatest j, at least 1; W + drop at most 240
 * @param signed  1 where in may be negative
 * @input in      an integer in [0, 2^(W + drop)), or [-2^(W + drop), 2^(W + drop)) where signed: the template shows it
 * @output out    the rounded integer
 * @dev A negative power of two counts one bit less than its magnitude has: it is a multiple of either unit.
 */
template FloatRound(W, drop, signed) {
    assert(W >= 2 && drop >= 1 && W + drop <= 240);
    var n = W + drop;
    signal input in;
    signal output out;

    signal b[n];
    var sum = 0;
    for (var i = 0; i < n; i++) {
        b[i] <-- ((in + (in < 0 ? (1 << n) : 0)) >> i) & 1;
        b[i] * (b[i] - 1) === 0;
        sum += b[i] * (1 << i);
    }
    // 2^n where in is negative.
    var sign = sum - in;
    var inverse = 1 / (1 << n);
    if (signed == 1) {
        sign * (sign - (1 << n)) === 0;
    } else {
        sign === 0;
    }

    // longer[j - 1] = 1 where more than j - 1 bits are dropped: one of the bits from W + j - 1 on differs from the sign.
    signal differs[drop];
    signal longer[drop];
    for (var j = drop; j >= 1; j--) {
        var bit = b[W + j - 1];
        differs[j - 1] <== signed == 1 ? (inverse * sign) * (1 - 2 * bit) + bit : bit;
        longer[j - 1] <== j == drop ? differs[j - 1] : (1 - longer[j]) * differs[j - 1] + longer[j];
    }

    // Products of a bit with longer: of the bits below j, of all of them but the highest, and of those from bit 1 to j.
    signal below[drop];
    signal belowHalf[atLeastOne(drop - 1)];
    signal upTo[drop];
    if (drop == 1) {
        belowHalf[0] <== 0;
    }
    var low = 0;
    var half = 0;
    var isHalf = 0;
    var parity = 0;
    var unit = 0;
    for (var j = 1; j <= drop; j++) {
        below[j - 1] <== b[j - 1] * longer[j - 1];
        upTo[j - 1] <== b[j] * longer[j - 1];
        low += below[j - 1] * (1 << (j - 1));
        half += below[j - 1] * (1 << (j - 1));
        isHalf += below[j - 1];
        parity += upTo[j - 1];
        unit += longer[j - 1] * (1 << j);
        if (j < drop) {
            belowHalf[j - 1] <== b[j - 1] * longer[j];
            half -= belowHalf[j - 1] * (1 << (j - 1));
            isHalf -= belowHalf[j - 1];
            unit -= longer[j] * (1 << j);
        }
        if (j > 1) {
            parity -= below[j - 1];
        }
    }

    // Up from half a unit on, except from just half a unit above an even multiple.
    component stays = IsZero();
    stays.in <== low - half + parity * (1 << drop);
    signal up <== isHalf * (1 - stays.flag);
    out <== up * unit + in - low;
}
