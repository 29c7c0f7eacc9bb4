pragma circom 2.1.6;

// Every operator of witness programs, on operands in every representation that circom's runtime has. Nothing is constrained.

function BIG() { return 1 << 200; }
function OPERATORS() { return 23; }
function SLOW() { return 21; }
function FORMS() { return 4; }

/// x, in the representation in which sums, products with large constants, or quotients give it.
function inForm(x, form) {
    if (form == 1) {
        return (x * BIG()) * (1 / BIG());
    }
    if (form == 2) {
        return (x + BIG()) - BIG();
    }
    if (form == 3) {
        return x \ 1;
    }
    return x;
}

function operate(operator, x, y) {
    if (operator == 0) { return x + y; }
    if (operator == 1) { return x - y; }
    if (operator == 2) { return x * y; }
    if (operator == 3) { return y == 0 ? 0 : x \ y; }
    if (operator == 4) { return y == 0 ? 0 : x % y; }
    if (operator == 5) { return x << y; }
    if (operator == 6) { return x >> y; }
    if (operator == 7) { return x & y; }
    if (operator == 8) { return x | y; }
    if (operator == 9) { return x ^ y; }
    if (operator == 10) { return x == y; }
    if (operator == 11) { return x != y; }
    if (operator == 12) { return x < y; }
    if (operator == 13) { return x > y; }
    if (operator == 14) { return x <= y; }
    if (operator == 15) { return x >= y; }
    if (operator == 16) { return (x != 0) && (y != 0); }
    if (operator == 17) { return (x != 0) || (y != 0); }
    if (operator == 18) { return -x; }
    if (operator == 19) { return ~x; }
    if (operator == 20) { return x > y ? x : y; }
    if (operator == 21) { return y == 0 ? 0 : x / y; }
    return x ** (y & 7);
}

template Operations() {
    signal input a;
    signal input b;
    signal output pairs[OPERATORS()][FORMS()][FORMS()];
    // With constants, which operators may change in place, and twice, so that it would show.
    signal output constants[2][FORMS()][12];
    signal output selected[2];

    for (var operator = 0; operator < OPERATORS(); operator++) {
        for (var i = 0; i < FORMS(); i++) {
            for (var j = 0; j < FORMS(); j++) {
                // Slow ones once only.
                pairs[operator][i][j] <-- operator >= SLOW() && i + j > 0 ? 0 : operate(operator, inForm(a, i), inForm(b, j));
            }
        }
    }
    for (var time = 0; time < 2; time++) {
        for (var i = 0; i < FORMS(); i++) {
            var x = inForm(a, i);
            constants[time][i][0] <-- x & 1;
            constants[time][i][1] <-- x == 0;
            constants[time][i][2] <-- x > 0;
            constants[time][i][3] <-- x - 1;
            constants[time][i][4] <-- x * 5000000000;
            constants[time][i][5] <-- x \ 3;
            constants[time][i][6] <-- x % 5000000000;
            constants[time][i][7] <-- x >> 31;
            constants[time][i][8] <-- x << 31;
            constants[time][i][9] <-- x + 2147483647;
            constants[time][i][10] <-- x * -1;
            constants[time][i][11] <-- -2147483648 - x;
        }
    }
    // As an index.
    var table[4] = [7, 5000000000, 9, 11];
    selected[0] <-- table[a & 3];
    selected[1] <-- table[(b \ 1) & 3];
}

component main = Operations();
