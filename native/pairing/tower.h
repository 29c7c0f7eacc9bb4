/**
 * Fq6 = Fq2[v] / (v^3 - xi) and Fq12 = Fq6[w] / (w^2 - v), xi = 9 + u (Beuchat et al., "High-Speed Software Implementation of the Optimal Ate
 * Pairing over Barreto-Naehrig Curves", 2010).
 */
#pragma once

#include "../field/fp2.h"

namespace zk {

/** xi x. */
constexpr Fq2 timesXi(const Fq2& x) {
  const Fq2 nine = x.doubled().doubled().doubled() + x;
  return {nine.a - x.b, nine.b + x.a};
}

struct Fq6 {
  Fq2 a, b, c;  // a + b v + c v^2

  static constexpr Fq6 zero() { return {}; }
  static constexpr Fq6 one() { return {Fq2::one(), Fq2::zero(), Fq2::zero()}; }
  constexpr bool operator==(const Fq6&) const = default;
  constexpr bool isZero() const { return a.isZero() && b.isZero() && c.isZero(); }
  constexpr Fq6 operator+(const Fq6& o) const { return {a + o.a, b + o.b, c + o.c}; }
  constexpr Fq6 operator-(const Fq6& o) const { return {a - o.a, b - o.b, c - o.c}; }
  constexpr Fq6 negate() const { return {a.negate(), b.negate(), c.negate()}; }
  constexpr Fq6 doubled() const { return {a.doubled(), b.doubled(), c.doubled()}; }
  constexpr Fq6 timesV() const { return {timesXi(c), a, b}; }
  constexpr Fq6 operator*(const Fq6& o) const {
    const Fq2 aa = a * o.a, bb = b * o.b, cc = c * o.c;
    return {aa + timesXi((b + c) * (o.b + o.c) - bb - cc), (a + b) * (o.a + o.b) - aa - bb + timesXi(cc),
            (a + c) * (o.a + o.c) - aa - cc + bb};
  }
  /** Times x + y v. */
  constexpr Fq6 timesLinear(const Fq2& x, const Fq2& y) const {
    const Fq2 ax = a * x, by = b * y;
    return {ax + timesXi(c * y), (a + b) * (x + y) - ax - by, by + c * x};
  }
  constexpr Fq6 square() const { return *this * *this; }
  /** 1/x; 0 for 0. */
  constexpr Fq6 inverse() const {
    const Fq2 x = a.square() - timesXi(b * c), y = timesXi(c.square()) - a * b, z = b.square() - a * c;
    const Fq2 t = (a * x + timesXi(c * y + b * z)).inverse();
    return {x * t, y * t, z * t};
  }
};

struct Fq12 {
  Fq6 a, b;  // a + b w

  static constexpr Fq12 one() { return {Fq6::one(), Fq6::zero()}; }
  constexpr bool operator==(const Fq12&) const = default;
  constexpr bool isOne() const { return *this == one(); }
  constexpr Fq12 operator*(const Fq12& o) const {
    const Fq6 aa = a * o.a, bb = b * o.b;
    return {aa + bb.timesV(), (a + b) * (o.a + o.b) - aa - bb};
  }
  constexpr Fq12& operator*=(const Fq12& o) { return *this = *this * o; }
  constexpr Fq12 square() const {
    const Fq6 ab = a * b;
    return {(a + b) * (a + b.timesV()) - ab - ab.timesV(), ab.doubled()};
  }
  /** Times 1 + (x + y v) w: a line. */
  constexpr Fq12 timesLine(const Fq2& x, const Fq2& y) const {
    return {a + b.timesLinear(x, y).timesV(), b + a.timesLinear(x, y)};
  }
  /** x^(q^6), which is 1/x where x^(q^6 + 1) = 1. */
  constexpr Fq12 conjugate() const { return {a, b.negate()}; }
  /** 1/x; 0 for 0. */
  constexpr Fq12 inverse() const {
    const Fq6 t = (a.square() - b.square().timesV()).inverse();
    return {a * t, (b * t).negate()};
  }

  /** The square of an x with x^(q^4 - q^2 + 1) = 1 (Granger and Scott, "Faster Squaring in the Cyclotomic Subgroup", 2010, section 3.2). */
  constexpr Fq12 cyclotomicSquare() const {
    const Pair s = squarePair(a.a, b.b), t = squarePair(b.a, a.c), u = squarePair(a.b, b.c);
    return {{minusTwice(s.x, a.a), minusTwice(t.x, a.b), minusTwice(u.x, a.c)},
            {plusTwice(timesXi(u.y), b.a), plusTwice(s.y, b.b), plusTwice(t.y, b.c)}};
  }

 private:
  struct Pair {
    Fq2 x, y;
  };
  /** (x + y s)^2 with s^2 = xi. */
  static constexpr Pair squarePair(const Fq2& x, const Fq2& y) {
    const Fq2 xx = x.square(), yy = y.square();
    return {xx + timesXi(yy), (x + y).square() - xx - yy};
  }
  /** 3 x - 2 y. */
  static constexpr Fq2 minusTwice(const Fq2& x, const Fq2& y) { return (x - y).doubled() + x; }
  /** 3 x + 2 y. */
  static constexpr Fq2 plusTwice(const Fq2& x, const Fq2& y) { return (x + y).doubled() + x; }
};

}  // namespace zk
