/**
 * Field elements and points drawn from a stream of numbers, as snarkjs draws them (ffjavascript's fromRng): what proofs of knowledge in .ptau
 * and .zkey files are checked against, so every bit has to agree.
 */
#pragma once

#include <optional>

#include "../curve/encoding.h"
#include "../support/chacha.h"

namespace zk {

/** Uniform by rejection. The number drawn is the Montgomery form itself. */
template <class Params>
Fp<Params> drawElement(ChaCha& random) {
  for (;;) {
    Fp<Params> x;
    for (int i = 0; i < 4; i++) x.m.w[i] = random.nextU64();
    x.m.w[3] &= (u64{1} << 62) - 1;
    if (x.isCanonical()) return x;
  }
}
inline Fr drawScalar(ChaCha& random) { return drawElement<FrParams>(random); }

template <class F>
F drawCoordinate(ChaCha& random) {
  if constexpr (std::is_same_v<F, Fq>) {
    return drawElement<FqParams>(random);
  } else {
    const Fq a = drawElement<FqParams>(random);
    return {a, drawElement<FqParams>(random)};
  }
}

/** A square root, if there is one; q = 3 mod 4. */
inline std::optional<Fq> squareRoot(const Fq& x) {
  constexpr U256 exponent = half(half(add(Fq::modulus, u256(0, 0, 0, 1))));
  const Fq root = x.power(exponent);
  if (root.square() == x) return root;
  return std::nullopt;
}
/** By norms: (c + d u)^2 = x with c^2 = (a + sqrt(a^2 + b^2)) / 2 and d = b / (2 c). */
inline std::optional<Fq2> squareRoot(const Fq2& x) {
  if (x.b.isZero()) {
    if (const auto real = squareRoot(x.a)) return Fq2{*real, Fq::zero()};
    return Fq2{Fq::zero(), *squareRoot(x.a.negate())};  // -1 is no square, so one of x, -x is
  }
  const auto norm = squareRoot(x.a.square() + x.b.square());
  if (!norm) return std::nullopt;
  auto c = squareRoot((x.a + *norm).halved());
  if (!c) c = squareRoot((x.a - *norm).halved());
  if (!c) return std::nullopt;
  return Fq2{*c, x.b * c->doubled().inverse()};
}

template <class F>
Affine<F> drawCurvePoint(ChaCha& random) {
  for (;;) {
    const F x = drawCoordinate<F>(random);
    const bool negative = random.nextBool();
    const auto y = squareRoot(x.square() * x + CurveB<F>::value);
    if (y) return {x, isNegative(*y) == negative ? *y : y->negate()};
  }
}
/** Every point of the curve is in G1. */
inline G1 drawG1(ChaCha& random) { return drawCurvePoint<Fq>(random); }
/** A point of the twist, times the cofactor 2 q - r. */
inline G2 drawG2(ChaCha& random) {
  constexpr U256 cofactor = sub(add(Fq::modulus, Fq::modulus), Fr::modulus);
  return multiply(drawCurvePoint<Fq2>(random), cofactor).affine();
}

/** The point of G2 for a hash: its first 32 bytes are the seed. */
inline G2 hashToG2(const Digest& hash) {
  ChaCha random(hash.data());
  return drawG2(random);
}

}  // namespace zk
