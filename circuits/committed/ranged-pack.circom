pragma circom 2.1.6;

/// How many numbers of so many bits a field element holds: 253 bits are always below p.
function perElement(bits) {
    return 253 \ bits;
}

/// Field elements that n numbers of so many bits take.
function packedElements(n, bits) {
    return (n + perElement(bits) - 1) \ perElement(bits);
}

/**
 * @title RangedElement
 * @notice n numbers of so many bits, range-checked and packed big-endian into one field element. n bits + 1 constraints (n bits where
 *         n is 1).
 * @input in   integers in [0, 2^bits): shown here, so that the packing is injective
 * @output out the packed element
 */
template RangedElement(n, bits) {
    assert(bits >= 2 && n * bits <= 253);
    signal input in[n];
    signal output out;
    signal upper[n][bits - 1];

    var packed = 0;
    for (var i = 0; i < n; i++) {
        // The lowest bit is what the others leave.
        var rest = in[i];
        for (var j = 1; j < bits; j++) {
            upper[i][j - 1] <-- (in[i] >> j) & 1;
            upper[i][j - 1] * (upper[i][j - 1] - 1) === 0;
            rest -= upper[i][j - 1] * (1 << j);
        }
        rest * (rest - 1) === 0;
        packed = packed * (1 << bits) + in[i];
    }
    out <== packed;
}

/**
 * @title RangedPack
 * @notice n numbers of so many bits, range-checked and packed, as many to a field element as fit. Bytes are packed as in
 *         docs/statement.md.
 */
template RangedPack(n, bits) {
    signal input in[n];
    signal output out[packedElements(n, bits)];

    component element[packedElements(n, bits)];
    var each = perElement(bits);
    for (var k = 0; k < packedElements(n, bits); k++) {
        var count = n - k * each < each ? n - k * each : each;
        element[k] = RangedElement(count, bits);
        for (var i = 0; i < count; i++) {
            element[k].in[i] <== in[k * each + i];
        }
        out[k] <== element[k].out;
    }
}
