/**
 * The endomorphism phi(x, y) = (zeta x, y) = lambda (x, y) of G1, zeta and lambda cube roots of 1, and scalars in two halves for it (Gallant,
 * Lambert and Vanstone, "Faster point multiplication on elliptic curves with efficient endomorphisms", CRYPTO 2001).
 */
#pragma once

#include "../support/error.h"
#include "points.h"

namespace zk {

struct Endomorphism {
  static constexpr Fq zeta = Fq::from(u256(0, 0x59e26bcea0d48bac, 0xd4f263f1acdb5c4f, 0x5763473177fffffe));
  static constexpr Fr lambda = Fr::from(u256(0, 0xb3c4d79d41a91758, 0x5bfc41088d8daaa7, 0x8b17ea66b99c90dd));

  static G1 apply(const G1& p) { return {p.x * zeta, p.y}; }
};

/** k = first + second lambda mod r, both with signs and of about 128 bits. */
struct ScalarHalves {
  U256 first, second;
  bool firstNegative, secondNegative;

  /** @throws Error INTERNAL should the halves not give k again */
  explicit ScalarHalves(const Fr& k) {
    // Short vectors (a, b) with a + b lambda = 0: (kA1, -kB1) and (kA2, kB2), from the Euclidean algorithm on r and lambda. (k, 0) is brought near
    // 0 by about b2 k / r and b1 k / r of them.
    constexpr U256 a1 = u256(0, 0, 0, 0x89d3256894d213e3), b1 = u256(0, 0, 0x6f4d8248eeb859fc, 0x8211bbeb7d4f1128);
    constexpr U256 a2 = u256(0, 0, 0x6f4d8248eeb859fd, 0x0be4e1541221250b), b2 = a1;
    constexpr U256 ratio1 = u256(0, 0, 0x2, 0xd91d232ec7e0b3d7), ratio2 = u256(0, 0x2, 0x4ccef014a773d2cf, 0x7a7bd9d4391eb18d);
    const U256 value = k.integer();
    const U256 c1 = high(value, ratio1), c2 = high(value, ratio2);
    first = sub(value, add(low(c1, a1), low(c2, a2)));
    second = sub(low(c1, b1), low(c2, b2));
    firstNegative = takeSign(first);
    secondNegative = takeSign(second);
    const Fr f = Fr::from(first), s = Fr::from(second) * Endomorphism::lambda;
    const Fr sum = (firstNegative ? f.negate() : f) + (secondNegative ? s.negate() : s);
    if (!(sum == k) || first.bitLength() > 130 || second.bitLength() > 130) throw Error("INTERNAL", "a scalar cannot be split");
  }

 private:
  struct Wide {
    u64 w[8];
  };
  static Wide product(const U256& a, const U256& b) {
    Wide r{};
    for (int i = 0; i < 4; i++) {
      u64 carry = 0;
      for (int j = 0; j < 4; j++) r.w[i + j] = mulAdd(r.w[i + j], a.w[i], b.w[j], carry);
      r.w[i + 4] = carry;
    }
    return r;
  }
  static U256 low(const U256& a, const U256& b) {
    const Wide p = product(a, b);
    return {{p.w[0], p.w[1], p.w[2], p.w[3]}};
  }
  static U256 high(const U256& a, const U256& b) {
    const Wide p = product(a, b);
    return {{p.w[4], p.w[5], p.w[6], p.w[7]}};
  }
  static bool takeSign(U256& x) {
    const bool negative = x.bit(255);
    if (negative) x = sub(U256{}, x);
    return negative;
  }
};

}  // namespace zk
