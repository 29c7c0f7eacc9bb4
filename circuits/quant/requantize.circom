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
function FORM_COLUMNS() { return 12; }

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
 * @notice flag = 1 if in is one of the values, else 0. count + 2 constraints and a unique witness.
 * @param count  number of values, at least 1
 * @param values constants
 * @input in     any field element
 * @output flag  boolean
 */
template IsOneOf(count, values) {
    signal input in;
    signal output flag;
    signal product[count];
    signal inverse;

    product[0] <== in - values[0];
    for (var i = 1; i < count; i++) {
        product[i] <== product[i - 1] * (in - values[i]);
    }
    flag <-- product[count - 1] == 0 ? 1 : 0;
    inverse <-- product[count - 1] == 0 ? 0 : 1 / product[count - 1];
    product[count - 1] * inverse === 1 - flag;
    product[count - 1] * flag === 0;
    // Without this, inverse would be free where flag is 1.
    inverse * flag === 0;
}

/**
 * @title Requantize
 * @notice N linear combinations of K inputs, each divided, rounded and saturated:
 *         acc = sum_k W[n][k] x[k] + B[n];  v = multiplier acc + offset;  y[n] = saturate(floor(v / divisor)) (+ 1, - 1 at exceptions).
 *         The dense combination stands in one linear constraint, on its C side.
 *
 *         v - base divisor = r + divisor (w + window G) with r in [0, divisor), w in [0, window) and an integer G that says where v is:
 *         G = 0 inside (y = base + w), G < 0 below (y = low value), G > 0 above (y = high value). Below, G = h - 2^excess with h in
 *         [0, 2^excess); above, G = 1 + h. Both flags and h are zero inside, so the decomposition is unique.
 * @param K  inputs
 * @param N  outputs
 * @param W  W[n][k] integer weights
 * @param B  B[n] integer constants (bias and zero points)
 * @param F  F[n] = [multiplier, offset, divisor, base, window, low, high, excess, low value, high value, raised, lowered]: low and high
 *           are 1 where v can fall below or above; raised and lowered count exceptions. A divisor of 0 passes acc through.
 * @param X  columns of E, at least 1
 * @param E  E[n] = exceptional accumulators: first the raised ones (y one higher), then the lowered ones
 * @input x  integers in ranges for which the caller has shown v in [divisor (base - window 2^excess), divisor (base + window (2^excess + 1)))
 *           (0 instead of the excess part on a side without flag) and |v| < 2^250
 * @output y integers, within [low value, high value] where flagged, otherwise [base, base + window)
 * @dev A window that is not a power of two is only needed with both flags; the bound check of w then costs its prefix products.
 */
template Requantize(K, N, W, B, F, X, E) {
    signal input x[K];
    signal output y[N];

    signal low[formSum(F, N, FORM_LOW())];
    signal high[formSum(F, N, FORM_HIGH())];
    signal excess[formSum(F, N, FORM_EXCESS_BITS())];
    component remainder[N];
    component quotient[N];
    component raised[N];
    component lowered[N];
    // Only channels with exceptions need their accumulator as a signal.
    signal accumulator[countExceptional(F, N)];

    var lowUsed = 0;
    var highUsed = 0;
    var excessUsed = 0;
    var accumulatorsUsed = 0;
    for (var n = 0; n < N; n++) {
        var divisor = F[n][FORM_DIVISOR()];
        var window = F[n][FORM_WINDOW()];
        var excessBits = F[n][FORM_EXCESS_BITS()];
        var base = F[n][FORM_BASE()];
        var isLow = F[n][FORM_LOW()];
        var isHigh = F[n][FORM_HIGH()];

        // Partial sums of about sqrt(K) terms: adding to one long combination would be quadratic.
        var acc = B[n];
        var part = 0;
        var terms = 0;
        for (var k = 0; k < K; k++) {
            part += W[n][k] * x[k];
            terms++;
            if (terms * terms >= K || k == K - 1) {
                acc += part;
                part = 0;
                terms = 0;
            }
        }
        if (divisor == 0) {
            y[n] <== acc;
        } else {
            var v = F[n][FORM_MULTIPLIER()] * acc + F[n][FORM_OFFSET()] - base * divisor;

            // Witness: shifted by a multiple of divisor * window so that it is not negative.
            var shifted = v + divisor * window * (1 << excessBits);
            var block = shifted \ (divisor * window);
            var isBelow = block < (1 << excessBits) ? 1 : 0;
            var isAbove = block > (1 << excessBits) ? 1 : 0;
            var inBlock = shifted % (divisor * window);

            var sum = 0;
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
            remainder[n] = BoundedBits(bitLength(divisor - 1), divisor - 1);
            remainder[n].hint <-- inBlock % divisor;
            for (var i = 0; i < bitLength(divisor - 1); i++) {
                sum += remainder[n].b[i] * (1 << i);
            }
            quotient[n] = BoundedBits(bitLength(window - 1), window - 1);
            quotient[n].hint <-- inBlock \ divisor;
            var w = 0;
            for (var i = 0; i < bitLength(window - 1); i++) {
                w += quotient[n].b[i] * (1 << i);
            }
            sum += divisor * w;

            v === sum;

            var correction = 0;
            var raisedCount = F[n][FORM_RAISED()];
            var loweredCount = F[n][FORM_LOWERED()];
            if (raisedCount + loweredCount > 0) {
                accumulator[accumulatorsUsed] <== acc;
                if (raisedCount > 0) {
                    var values[raisedCount];
                    for (var i = 0; i < raisedCount; i++) {
                        values[i] = E[n][i];
                    }
                    raised[n] = IsOneOf(raisedCount, values);
                    raised[n].in <== accumulator[accumulatorsUsed];
                    correction += raised[n].flag;
                }
                if (loweredCount > 0) {
                    var values[loweredCount];
                    for (var i = 0; i < loweredCount; i++) {
                        values[i] = E[n][raisedCount + i];
                    }
                    lowered[n] = IsOneOf(loweredCount, values);
                    lowered[n].in <== accumulator[accumulatorsUsed];
                    correction -= lowered[n].flag;
                }
                accumulatorsUsed++;
            }

            if (isLow + isHigh > 0) {
                y[n] <== inside * (base + w) + saturated + correction;
            } else {
                y[n] <== base + w + correction;
            }
        }
    }
}
