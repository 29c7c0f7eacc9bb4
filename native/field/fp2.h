/** Fq2 = Fq[u] / (u^2 + 1). */
#pragma once

#include "bn254.h"

namespace zk {

struct Fq2 {
  Fq a, b;  // a + b u

  static constexpr Fq2 zero() { return {}; }
  static constexpr Fq2 one() { return {Fq::one(), Fq::zero()}; }
  static Fq2 load(const void* bytes) {
    return {Fq::load(bytes), Fq::load(static_cast<const u8*>(bytes) + 32)};
  }
  void store(void* bytes) const {
    a.store(bytes);
    b.store(static_cast<u8*>(bytes) + 32);
  }
  constexpr bool isCanonical() const { return a.isCanonical() && b.isCanonical(); }
  constexpr bool operator==(const Fq2&) const = default;
  constexpr bool isZero() const { return a.isZero() && b.isZero(); }
  constexpr Fq2 operator+(const Fq2& o) const { return {a + o.a, b + o.b}; }
  constexpr Fq2 operator-(const Fq2& o) const { return {a - o.a, b - o.b}; }
  constexpr Fq2 operator*(const Fq2& o) const {
    const Fq aa = a * o.a, bb = b * o.b;
    return {aa - bb, (a + b) * (o.a + o.b) - aa - bb};
  }
  constexpr Fq2 operator*(const Fq& k) const { return {a * k, b * k}; }
  constexpr Fq2 square() const { return {(a + b) * (a - b), (a * b).doubled()}; }
  constexpr Fq2 doubled() const { return {a.doubled(), b.doubled()}; }
  constexpr Fq2 negate() const { return {a.negate(), b.negate()}; }
  constexpr Fq2 conjugate() const { return {a, b.negate()}; }
  constexpr Fq2& operator+=(const Fq2& o) { return *this = *this + o; }
  constexpr Fq2& operator-=(const Fq2& o) { return *this = *this - o; }
  constexpr Fq2& operator*=(const Fq2& o) { return *this = *this * o; }
  /** 1/x; 0 for 0. */
  constexpr Fq2 inverse() const {
    const Fq t = (a.square() + b.square()).inverse();
    return {a * t, b.negate() * t};
  }
};

}  // namespace zk
