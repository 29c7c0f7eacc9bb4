pragma circom 2.1.6;

/// Length of x >= 0 in bits; 0 for x = 0.
function bitLength(x) {
    var n = 0;
    while ((1 << n) <= x) {
        n++;
    }
    return n;
}

/// Position just above the last (lowest) zero bit of max among its n bits; 0 where all are ones.
/// Bits below that zero need no bound: they may take any value.
function firstBoundedBit(n, max) {
    var i = 0;
    while (i < n && ((max >> i) & 1) == 1) {
        i++;
    }
    return i;
}

/// Number of one bits of max that lie above its lowest zero bit, without the topmost.
function prefixProducts(n, max) {
    var ones = 0;
    for (var i = firstBoundedBit(n, max); i < n; i++) {
        ones += (max >> i) & 1;
    }
    return ones > 0 ? ones - 1 : 0;
}

/// Length of a signal array of n that may be empty: circom's program generator needs at least one element where instances differ.
function atLeastOne(n) {
    return n > 0 ? n : 1;
}

/**
 * @title BoundedBits
 * @notice n bits b with sum b[i] 2^i <= max. The bound is folded into the booleanity constraints where max has a zero bit (Zcash
 *         protocol specification, appendix A.3.2.2), so the cost is n + prefixProducts(n, max) constraints.
 * @param n    number of bits, bitLength(max); at most 252
 * @param max  inclusive bound, constant
 * @input hint the number to decompose. It only guides the witness and is not constrained: the caller must constrain the bits.
 * @output b   the bits, lowest first
 * @dev Assumes max has its top bit (n - 1) set.
 */
template BoundedBits(n, max) {
    assert(n <= 252);
    assert(n == bitLength(max));

    signal input hint;
    signal output b[n];
    signal prefix[atLeastOne(prefixProducts(n, max))];
    if (prefixProducts(n, max) == 0) {
        prefix[0] <== 0;
    }

    var first = firstBoundedBit(n, max);
    // 1 while all bits above i equal those of max.
    var equal = 1;
    var used = 0;
    var ones = 0;
    for (var i = n - 1; i >= 0; i--) {
        b[i] <-- (hint >> i) & 1;
        if (i < first || ((max >> i) & 1) == 1) {
            b[i] * (b[i] - 1) === 0;
        } else {
            // Where max has a zero, the bit is boolean, and zero if all above were equal.
            b[i] * (1 - equal - b[i]) === 0;
        }
        if (i >= first && ((max >> i) & 1) == 1) {
            if (ones == 0) {
                equal = b[i];
            } else {
                prefix[used] <== equal * b[i];
                equal = prefix[used];
                used++;
            }
            ones++;
        }
    }
}
