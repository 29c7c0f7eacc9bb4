pragma circom 2.1.6;

/**
 * @title Tables
 * @notice out[k] = T[k][in - min], for K tables of 256 constants each, any field elements. 19 + 15 K constraints: 8 bits and the 11 products
 *         of the low four bits for all, and for each table a tree of 15 selections by the high four bits, whose leaves are linear in those
 *         products.
 * @param K   tables
 * @param min lowest input value
 * @param T   T[k][i] constants
 * @input in   the value; the template shows that it is one of min .. min + 255
 * @output out the entries
 */
template Tables(K, min, T) {
    signal input in;
    signal output out[K];

    // upper[i] is bit i + 1 of in - min; the lowest bit is what the others leave.
    signal upper[7];
    var lowest = in - min;
    for (var i = 1; i < 8; i++) {
        upper[i - 1] <-- ((in - min) >> i) & 1;
        upper[i - 1] * (upper[i - 1] - 1) === 0;
        lowest -= upper[i - 1] * (1 << i);
    }
    lowest * (lowest - 1) === 0;

    // monomial[s] = product of the low bits in the set s.
    signal pairs[11];
    var monomial[16];
    monomial[0] = 1;
    monomial[1] = lowest;
    monomial[2] = upper[0];
    monomial[4] = upper[1];
    monomial[8] = upper[2];
    var used = 0;
    for (var s = 3; s < 16; s++) {
        if (s != 4 && s != 8) {
            var top = s >= 8 ? 8 : (s >= 4 ? 4 : 2);
            pairs[used] <== monomial[top] * monomial[s - top];
            monomial[s] = pairs[used];
            used++;
        }
    }

    // Each leaf is T of one high nibble as a multilinear polynomial of the low bits (Moebius transform of its 16 entries).
    signal selected[K][14];
    for (var k = 0; k < K; k++) {
        var level[16];
        for (var high = 0; high < 16; high++) {
            var coefficient[16];
            for (var s = 0; s < 16; s++) {
                coefficient[s] = T[k][16 * high + s];
            }
            for (var bit = 1; bit < 16; bit *= 2) {
                for (var s = 0; s < 16; s++) {
                    if ((s & bit) != 0) {
                        coefficient[s] -= coefficient[s - bit];
                    }
                }
            }
            var leaf = 0;
            for (var s = 0; s < 16; s++) {
                leaf += coefficient[s] * monomial[s];
            }
            level[high] = leaf;
        }

        used = 0;
        var width = 8;
        for (var bit = 0; bit < 3; bit++) {
            for (var i = 0; i < width; i++) {
                selected[k][used] <== upper[3 + bit] * (level[2 * i + 1] - level[2 * i]) + level[2 * i];
                level[i] = selected[k][used];
                used++;
            }
            width = width \ 2;
        }
        out[k] <== upper[6] * (level[1] - level[0]) + level[0];
    }
}

/**
 * @title Table
 * @notice out = T[in - min], for 256 integers T. 34 constraints, see Tables.
 * @param min lowest input value
 * @param T   256 constants
 * @input in  the value; the template shows that it is one of min .. min + 255
 * @output out the entry
 */
template Table(min, T) {
    signal input in;
    signal output out;
    component tables = Tables(1, min, [T]);
    tables.in <== in;
    out <== tables.out[0];
}
