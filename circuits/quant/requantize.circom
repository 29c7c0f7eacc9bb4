pragma circom 2.1.6;

include "../primitives/bounded-bits.circom";

/// Columns of a form: how one channel becomes integers of its output. See Requantize.
function FORM_MULTIPLIER() { return 0; }
function FORM_OFFSET() { return 1; }
function FORM_DIVISOR() { return 2; }
function FORM_BASE() { return 3; }
function FORM_WINDOW() { return 4; }
function FORM_LOW() { return 5; }
function FORM_HIGH() { return 6; }
function FORM_EXCESS_BITS() { return 7; }
function FORM_LOW_VALUE() { return 8; }
function FORM_HIGH_VALUE() { return 9; }
function FORM_RAISED() { return 10; }
function FORM_LOWERED() { return 11; }
function FORM_TIES() { return 12; }
function FORM_COLUMNS() { return 13; }

/// Up to this many inputs a combination is short enough to stand in A and B.
function SHORT_COMBINATION() { return 2; }

/// Sum of a column over n forms.
function formSum(F, n, column) {
    var sum = 0;
    for (var i = 0; i < n; i++) {
        sum += F[i][column];
    }
    return sum;
}

/// Channels that have exceptions.
function countExceptional(F, n) {
    var count = 0;
    for (var i = 0; i < n; i++) {
        count += F[i][FORM_RAISED()] + F[i][FORM_LOWERED()] > 0 ? 1 : 0;
    }
    return count;
}

/**
 * @title IsOneOf
 * @notice flag = 1 if in is one of values[from .. from + count - 1], else 0. count + 2 constraints and a unique witness.
 * @param count, from  which of the values; count at least 1
 * @param values constants
 * @input in     any field element
 * @output flag  boolean
 */
template IsOneOf(count, from, values) {
    signal input in;
    signal output flag;
    signal partial[atLeastOne(count - 1)];
    signal inverse;

    if (count == 1) {
        partial[0] <== 0;
    }
    var product = in - values[from];
    for (var i = 1; i < count; i++) {
        partial[i - 1] <== product * (in - values[from + i]);
        product = partial[i - 1];
    }
    flag <-- product == 0 ? 1 : 0;
    inverse <-- product == 0 ? 0 : 1 / product;
    product * inverse === 1 - flag;
    product * flag === 0;
    // Without this, inverse would be free where flag is 1.
    inverse * flag === 0;
}

/**
 * @title HalfEvenBits
 * @notice What remains of a division by D = 2^s that rounds half to even: with r = v + D/2 - D y, an even y owns both ties (r in [0, D]) and
 *         an odd y none (r in [1, D - 1]). The bits give r - odd, so in [0, D] or [0, D - 2]. s + 2 constraints.
 * @param s    at least 1
 * @param flip y is odd where lowest is 1 (flip = 0) or where it is 0 (flip = 1)
 * @input hint    r - odd; not constrained: the caller must constrain the bits
 * @input lowest  boolean: the caller must know this
 * @output b      s + 1 bits, lowest first
 */
template HalfEvenBits(s, flip) {
    assert(s >= 1 && s <= 250);
    signal input hint;
    signal input lowest;
    signal output b[s + 1];
    signal inverse;

    var odd = flip == 1 ? 1 - lowest : lowest;
    // D itself: only for an even y, and then all lower bits are zero.
    b[s] <-- (hint >> s) & 1;
    b[s] * (1 - odd - b[s]) === 0;
    var sum = 0;
    for (var i = 0; i < s; i++) {
        b[i] <-- (hint >> i) & 1;
        b[i] * (1 - b[s] - b[i]) === 0;
        sum += b[i] * (1 << i);
    }
    // An odd y excludes D - 1. The factor is never zero for an even y, which makes inverse unique.
    var factor = (1 << s) - 1 - sum + 1 - odd;
    inverse <-- odd == 0 ? 0 : 1 / factor;
    factor * inverse === odd;
}

/**
 * @title Requantize
 * @notice At each of P positions, N linear combinations of K of the inputs, each divided, rounded and saturated:
 *         acc = sum_k W[n][k] x[T[p][k]] + B[n];  v = multiplier acc + offset;
 *         y[n P + p] = saturate(floor(v / divisor)) (+ 1, - 1 at exceptions).
 *         The dense combination stands in one constraint, on its C side.
 *
 *         v - base divisor = r + divisor (w + window G) with r in [0, divisor), w in [0, window) and an integer G that says where v is:
 *         G = 0 inside (y = base + w), G < 0 below (y = low value), G > 0 above (y = high value). Below, G = h - 2^excess with h in
 *         [0, 2^excess); above, G = 1 + h. Both flags and h are zero inside, so the decomposition is unique.
 * @param I  inputs
 * @param P  positions
 * @param K  inputs that one combination takes
 * @param T  T[p][k] = input that has weight k at position p
 * @param N  combinations, the same at every position
 * @param W  W[n][k] integer weights
 * @param B  B[n] integer constants (bias and zero points)
 * @param F  F[n] = [multiplier, offset, divisor, base, window, low, high, excess, low value, high value, raised, lowered,
 *           ties]: low and high are 1 where v can fall below or above; raised and lowered count exceptions; ties is 0 for floor, or, with
 *           a divisor 2^s, 1 or 2 for rounding half to even: offset then holds the half, and 1 says that w is odd where the
 *           rounded number is, 2 the opposite. A divisor of 0 passes acc through.
 * @param X  columns of E, at least 1
 * @param E  E[n] = exceptional accumulators: first the raised ones (y one higher), then the lowered ones
 * @input x  integers in ranges for which the caller has shown v in [divisor (base - window 2^excess), divisor (base + window (2^excess + 1)))
 *           (0 instead of the excess part on a side without flag) and |v| < 2^250
 * @output y integers, within [low value, high value] where flagged, otherwise [base, base + window)
 * @dev With ties, window must be even or G zero: the parity of w is then that of the rounded number in every block.
 *      With a short combination, the lowest bit of r, or else of w, is not a signal but what all others leave of v, if divisor or window is even.
 *      Otherwise v = sum is written as a product, bit^2 = bit + v - sum for one of the bits: circom keeps such a constraint once for all instances,
 *      but a linear one, with its many terms, for each of them.
 *      A window that is not a power of two is only needed with both flags; the bound check of w then costs its prefix products.
 */
template Requantize(I, P, K, T, N, W, B, F, X, E) {
    signal input x[I];
    signal output y[N * P];

    var lows = P * formSum(F, N, FORM_LOW());
    var highs = P * formSum(F, N, FORM_HIGH());
    var excesses = P * formSum(F, N, FORM_EXCESS_BITS());
    // Only channels with exceptions need their accumulator as a signal.
    var exceptional = P * countExceptional(F, N);
    signal low[atLeastOne(lows)];
    signal high[atLeastOne(highs)];
    signal excess[atLeastOne(excesses)];
    signal accumulator[atLeastOne(exceptional)];
    if (lows == 0) { low[0] <== 0; }
    if (highs == 0) { high[0] <== 0; }
    if (excesses == 0) { excess[0] <== 0; }
    if (exceptional == 0) { accumulator[0] <== 0; }
    component floorRemainder[P][N];
    component tieRemainder[P][N];
    component quotient[P][N];
    component raised[P][N];
    component lowered[P][N];
    var lowUsed = 0;
    var highUsed = 0;
    var excessUsed = 0;
    var accumulatorsUsed = 0;
    for (var p = 0; p < P; p++) {
        var taken[K];
        for (var k = 0; k < K; k++) {
            taken[k] = x[T[p][k]];
        }
        for (var n = 0; n < N; n++) {
            var divisor = F[n][FORM_DIVISOR()];
            var window = F[n][FORM_WINDOW()];
            var excessBits = F[n][FORM_EXCESS_BITS()];
            var base = F[n][FORM_BASE()];
            var isLow = F[n][FORM_LOW()];
            var isHigh = F[n][FORM_HIGH()];

            // Eight terms, then 64, then all: adding each term to one long combination would be quadratic, and the loop itself costs time.
            var acc = B[n];
            for (var i = 0; i < K; i += 64) {
                var end = i + 64 < K ? i + 64 : K;
                var j = i;
                var part = 0;
                while (j + 8 <= end) {
                    part += W[n][j] * taken[j] + W[n][j + 1] * taken[j + 1] + (W[n][j + 2] * taken[j + 2] + W[n][j + 3] * taken[j + 3])
                        + (W[n][j + 4] * taken[j + 4] + W[n][j + 5] * taken[j + 5] + (W[n][j + 6] * taken[j + 6] + W[n][j + 7] * taken[j + 7]));
                    j += 8;
                }
                while (j < end) {
                    part += W[n][j] * taken[j];
                    j++;
                }
                acc += part;
            }
            if (divisor == 0) {
                y[n * P + p] <== acc;
            } else {
                var v = F[n][FORM_MULTIPLIER()] * acc + F[n][FORM_OFFSET()] - base * divisor;

                // Witness: shifted by a multiple of divisor * window so that it is not negative. A tie that goes down to an even number is
                // counted to the place before.
                var ties = F[n][FORM_TIES()];
                var shifted = v + divisor * window * (1 << excessBits);
                var down = ties > 0 && shifted % divisor == 0 && (shifted \ divisor + ties) % 2 == 0 ? 1 : 0;
                var block = (shifted - down) \ (divisor * window);
                var isBelow = block < (1 << excessBits) ? 1 : 0;
                var isAbove = block > (1 << excessBits) ? 1 : 0;
                var q = (shifted - down) % (divisor * window) \ divisor;
                var r = (shifted - down) % divisor + down;

                var sum = 0;
                // The square of a bit, which is the bit.
                var bit = 0;
                var square = 0;
                var inside = 1;
                var saturated = 0;
                if (isLow == 1) {
                    low[lowUsed] <-- isBelow;
                    inside -= low[lowUsed];
                    saturated += low[lowUsed] * F[n][FORM_LOW_VALUE()];
                    sum -= low[lowUsed] * (divisor * window * (1 << excessBits));
                }
                if (isHigh == 1) {
                    high[highUsed] <-- isAbove;
                    high[highUsed] * (high[highUsed] - 1) === 0;
                    inside -= high[highUsed];
                    saturated += high[highUsed] * F[n][FORM_HIGH_VALUE()];
                    sum += high[highUsed] * (divisor * window);
                    highUsed++;
                }
                if (isLow == 1) {
                    // low is 0 or 1 - high: boolean, and never set together with high.
                    low[lowUsed] * inside === 0;
                    lowUsed++;
                }
                // h: boolean outside, zero inside.
                var h = isBelow == 1 ? block : block - (1 << excessBits) - 1;
                for (var i = 0; i < excessBits; i++) {
                    excess[excessUsed] <-- isBelow + isAbove == 1 ? (h >> i) & 1 : 0;
                    excess[excessUsed] * (1 - inside - excess[excessUsed]) === 0;
                    sum += excess[excessUsed] * (divisor * window * (1 << i));
                    excessUsed++;
                }
                // Below an even bound the lowest bit may have any value, and the others are bounded by themselves.
                var short = ties == 0 && K <= SHORT_COMBINATION() ? 1 : 0;
                var leftR = short == 1 && divisor % 2 == 0 ? 1 : 0;
                var leftW = short == 1 && divisor % 2 == 1 && window % 2 == 0 ? 1 : 0;
                var remainderBits = bitLength(divisor - 1) - leftR;
                if (ties == 0 && remainderBits > 0) {
                    floorRemainder[p][n] = BoundedBits(remainderBits, (divisor - 1) >> leftR);
                    floorRemainder[p][n].hint <-- r >> leftR;
                    for (var i = 0; i < remainderBits; i++) {
                        sum += floorRemainder[p][n].b[i] * (1 << (i + leftR));
                    }
                    bit = floorRemainder[p][n].b[0];
                    square = floorRemainder[p][n].b[0] * floorRemainder[p][n].b[0];
                }
                var w = 0;
                var quotientBits = bitLength(window - 1) - leftW;
                if (quotientBits > 0) {
                    quotient[p][n] = BoundedBits(quotientBits, (window - 1) >> leftW);
                    quotient[p][n].hint <-- q >> leftW;
                    bit = quotient[p][n].b[0];
                    square = quotient[p][n].b[0] * quotient[p][n].b[0];
                }
                for (var i = 0; i < quotientBits; i++) {
                    w += quotient[p][n].b[i] * (1 << (i + leftW));
                }
                if (ties > 0) {
                    var tieBits = bitLength(divisor) - 1;
                    tieRemainder[p][n] = HalfEvenBits(tieBits, ties - 1);
                    tieRemainder[p][n].hint <-- r - (q + ties - 1) % 2;
                    tieRemainder[p][n].lowest <== quotient[p][n].b[0];
                    for (var i = 0; i <= tieBits; i++) {
                        sum += tieRemainder[p][n].b[i] * (1 << i);
                    }
                    sum += ties == 1 ? quotient[p][n].b[0] : 1 - quotient[p][n].b[0];
                }
                sum += divisor * w;

                if (leftR == 1) {
                    (v - sum) * (v - sum - 1) === 0;
                } else if (leftW == 1) {
                    (v - sum) * (v - sum - divisor) === 0;
                    w += (v - sum) * (1 / divisor);
                } else {
                    square === bit + v - sum;
                }

                var correction = 0;
                var raisedCount = F[n][FORM_RAISED()];
                var loweredCount = F[n][FORM_LOWERED()];
                if (raisedCount + loweredCount > 0) {
                    accumulator[accumulatorsUsed] <== acc;
                    if (raisedCount > 0) {
                        raised[p][n] = IsOneOf(raisedCount, 0, E[n]);
                        raised[p][n].in <== accumulator[accumulatorsUsed];
                        correction += raised[p][n].flag;
                    }
                    if (loweredCount > 0) {
                        lowered[p][n] = IsOneOf(loweredCount, raisedCount, E[n]);
                        lowered[p][n].in <== accumulator[accumulatorsUsed];
                        correction -= lowered[p][n].flag;
                    }
                    accumulatorsUsed++;
                }

                if (isLow + isHigh > 0) {
                    y[n * P + p] <== inside * (base + w) + saturated + correction;
                } else {
                    y[n * P + p] <== base + w + correction;
                }
            }
        }
    }
}
