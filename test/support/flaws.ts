/** Published flaws of other circuit libraries, restated as small templates: controls that a check must find. */

// A ReLU that takes the sign from a decomposition into 254 bits: 254 bits also hold x + p, which is the same field element with other
// bits, so a prover can choose the sign of small numbers.
export const ALIASED_RELU = `template Flawed() {
  signal input x;
  signal output y;
  signal bits[254];
  var sum = 0;
  for (var i = 0; i < 254; i++) {
    bits[i] <-- (x >> i) & 1;
    bits[i] * (bits[i] - 1) === 0;
    sum += bits[i] * (1 << i);
  }
  sum === x;
  y <== (1 - bits[253]) * x;
}`;

// A dense layer that divides its sum by a constant. If the remainder is bounded by `assert` only, which is no constraint, a prover can
// choose the quotient: a published library accepts 999 where the true output is 1.
export const ASSERTED_REMAINDER = `template Flawed(divisor) {
  signal input x;
  signal output y;
  signal remainder;
  y <-- x \\ divisor;
  remainder <-- x % divisor;
  assert(remainder < divisor);
  x === y * divisor + remainder;
}`;
