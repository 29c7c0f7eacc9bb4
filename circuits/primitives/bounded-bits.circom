pragma circom 2.1.6;

/// Length of x >= 0 in bits; 0 for x = 0.
function bitLength(x) {
    var n = 0;
    while ((1 << n) <= x) {
        n++;
    }
    return n;
}

/// Position of the lowest zero among the n bits of max; n where all are ones. Bits below it need no bound: they may take any value.
function firstBoundedBit(n, max) {
    var i = 0;
    var rest = max;
    while (i < n && rest % 2 == 1) {
        i++;
        rest = rest \ 2;
    }
    return i;
}

/// Number of one bits of max that lie above its lowest zero bit, without the topmost.
function prefixProducts(n, max) {
    var ones = 0;
    var rest = max >> firstBoundedBit(n, max);
    while (rest > 0) {
        ones += rest % 2;
        rest = rest \ 2;
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
    assert(n >= 1 && n <= 252);
    assert((max >> (n - 1)) == 1);

    signal input hint;
    signal output b[n];
    var products = prefixProducts(n, max);
    signal prefix[atLeastOne(products)];
    if (products == 0) {
        prefix[0] <== 0;
    }

    var first = firstBoundedBit(n, max);
    // 1 while all bits above i equal those of max.
    var equal = 1;
    var used = 0;
    for (var i = n - 1; i >= 0; i--) {
        b[i] <-- (hint >> i) & 1;
        if (i < first) {
            b[i] * (b[i] - 1) === 0;
        } else if (((max >> i) & 1) == 0) {
            // Where max has a zero, the bit is boolean, and zero if all above were equal.
            b[i] * (1 - equal - b[i]) === 0;
        } else {
            b[i] * (b[i] - 1) === 0;
            if (i == n - 1) {
                equal = b[i];
            } else {
                prefix[used] <== equal * b[i];
                equal = prefix[used];
                used++;
            }
        }
    }
}
