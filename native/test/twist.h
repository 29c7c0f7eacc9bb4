/** Points that should be refused. */
#pragma once

#include "../curve/points.h"
#include "check.h"

namespace zk::test {

/** A point of the twist, most likely not of order r: x with a square x^3 + b. */
inline G2 anyTwistPoint(Random& random) {
  U256 e = sub(Fq::modulus, u256(0, 0, 0, 3));  // (q - 3) / 4
  e = half(half(e));
  for (;;) {
    const Fq2 x = random.element2(), z = x.square() * x + CurveB<Fq2>::value;
    // q = 3 mod 4: Adj and Rodriguez-Henriquez, "Square Root Computation over Even Extension Fields", 2014, algorithm 9.
    Fq2 a1 = Fq2::one();
    for (unsigned i = e.bitLength(); i-- > 0;) {
      a1 = a1.square();
      if (e.bit(i)) a1 *= z;
    }
    const Fq2 x0 = a1 * z, alpha = a1 * x0;
    Fq2 y;
    if (alpha == Fq2::one().negate()) {
      y = Fq2{x0.b.negate(), x0.a};
    } else {
      Fq2 b = Fq2::one();
      const U256 half1 = half(Fq::modulus);
      for (unsigned i = half1.bitLength(); i-- > 0;) {
        b = b.square();
        if (half1.bit(i)) b *= alpha + Fq2::one();
      }
      y = b * x0;
    }
    if (y.square() == z) return {x, y};
  }
}

}  // namespace zk::test
