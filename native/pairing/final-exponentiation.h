/** The power that maps Miller values to the r-th roots of unity. */
#pragma once

#include "miller.h"

namespace zk {

/** f^x for the parameter x of the curve and an f with f^(q^4 - q^2 + 1) = 1. */
inline Fq12 powerOfX(const Fq12& f) {
  constexpr SignedDigits digits{kBnX};
  const Fq12 inverse = f.conjugate();
  Fq12 r = f;
  for (int i = digits.count - 1; i-- > 0;) {
    r = r.cyclotomicSquare();
    if (digits.at(i) != 0) r *= digits.at(i) > 0 ? f : inverse;
  }
  return r;
}

/**
 * f^(c (q^12 - 1) / r) with c = 2x (6x^2 + 3x + 1), which has no factor in common with r (Scott et al., "On the Final Exponentiation for
 * Calculating Pairings on Ordinary Elliptic Curves", 2009; Fuentes-Castaneda et al., "Faster Hashing to G2", 2011, section 5). f is not 0.
 */
inline Fq12 finalExponentiation(const Fq12& f) {
  // (q^6 - 1)(q^2 + 1)
  const Fq12 t = f.conjugate() * f.inverse(), g = frobenius(frobenius(t)) * t;
  const Fq12 x2 = powerOfX(g).cyclotomicSquare(), x6 = x2.cyclotomicSquare() * x2, x6x = powerOfX(x6),
             x12xx = powerOfX(x6x.cyclotomicSquare());
  const Fq12 a = x12xx * x6x * x6, b = a * x2.conjugate();
  const Fq12 first = a * x6x * g, last = frobenius(b * g.conjugate());
  return first * frobenius(b * frobenius(a * last));
}

}  // namespace zk
