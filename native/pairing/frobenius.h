/** The q-th power in Fq12, and the endomorphism of the twist that it gives. */
#pragma once

#include <array>

#include "../curve/points.h"
#include "tower.h"

namespace zk {

/** xi^(i (q - 1) / 6) for i = 0 to 5: w^i to the power q is w^i times that. */
inline const std::array<Fq2, 6>& frobeniusFactors() {
  static const std::array<Fq2, 6> factors = [] {
    // (q - 1) / 6 by long division.
    U256 e = sub(Fq::modulus, u256(0, 0, 0, 1));
    u64 remainder = 0;
    for (int i = 3; i >= 0; i--) {
      const u128 t = (static_cast<u128>(remainder) << 64) | e.w[i];
      e.w[i] = static_cast<u64>(t / 6);
      remainder = static_cast<u64>(t % 6);
    }
    const Fq2 xi = {Fq::from(9), Fq::one()};
    Fq2 root = Fq2::one();
    for (unsigned i = e.bitLength(); i-- > 0;) {
      root = root.square();
      if (e.bit(i)) root *= xi;
    }
    std::array<Fq2, 6> all{};
    all[0] = Fq2::one();
    for (std::size_t i = 1; i < 6; i++) all[i] = all[i - 1] * root;
    return all;
  }();
  return factors;
}

/** x^q. */
inline Fq12 frobenius(const Fq12& x) {
  const std::array<Fq2, 6>& k = frobeniusFactors();
  return {{x.a.a.conjugate(), x.a.b.conjugate() * k[2], x.a.c.conjugate() * k[4]},
          {x.b.a.conjugate() * k[1], x.b.b.conjugate() * k[3], x.b.c.conjugate() * k[5]}};
}

/** psi: the q-th power on the curve over Fq12, brought back to the twist by (x, y) -> (x w^2, y w^3). On the points of order r it is q times. */
inline G2 psi(const G2& p) {
  const std::array<Fq2, 6>& k = frobeniusFactors();
  return {p.x.conjugate() * k[2], p.y.conjugate() * k[3]};
}

}  // namespace zk
