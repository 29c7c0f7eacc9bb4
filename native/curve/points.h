/**
 * Points of BN254: G1 over Fq (y^2 = x^3 + 3), G2 over Fq2 (y^2 = x^3 + 3 / (9 + u)). Both have odd order, so no finite point is its own negative.
 * Formulas: https://www.hyperelliptic.org/EFD/g1p/auto-shortw-xyzz.html.
 */
#pragma once

#include <bit>

#include "../field/fp2.h"

namespace zk {

/** As files hold them: x and y in Montgomery form, infinity as (0, 0). F is Fq or Fq2. */
template <class F>
struct Affine {
  F x, y;

  static constexpr std::size_t kBytes = 2 * sizeof(F);
  static constexpr Affine infinity() { return {F::zero(), F::zero()}; }
  static Affine load(const void* bytes) {
    return {F::load(bytes), F::load(static_cast<const u8*>(bytes) + sizeof(F))};
  }
  void store(void* bytes) const {
    x.store(bytes);
    y.store(static_cast<u8*>(bytes) + sizeof(F));
  }
  constexpr bool operator==(const Affine&) const = default;
  constexpr bool isInfinity() const { return x.isZero() && y.isZero(); }
  constexpr bool isCanonical() const { return x.isCanonical() && y.isCanonical(); }
  constexpr Affine negate() const { return {x, y.negate()}; }
};

using G1 = Affine<Fq>;
using G2 = Affine<Fq2>;

template <class F>
struct CurveB;
template <>
struct CurveB<Fq> {
  static constexpr Fq value = Fq::from(3);
};
template <>
struct CurveB<Fq2> {
  static constexpr Fq2 value = Fq2{Fq::from(3), Fq::zero()} * Fq2{Fq::from(9), Fq::one()}.inverse();
};

/** Whether a point with canonical coordinates is on its curve; infinity is. */
template <class F>
bool isOnCurve(const Affine<F>& p) {
  return p.isInfinity() || p.y.square() == p.x.square() * p.x + CurveB<F>::value;
}

/** (X, Y, ZZ, ZZZ) with x = X/ZZ, y = Y/ZZZ, ZZ^3 = ZZZ^2; ZZ = 0 at infinity. */
template <class F>
struct Xyzz {
  F x, y, zz, zzz;

  static constexpr Xyzz infinity() { return {}; }
  static constexpr Xyzz from(const Affine<F>& p) {
    return p.isInfinity() ? infinity() : Xyzz{p.x, p.y, F::one(), F::one()};
  }
  constexpr bool isInfinity() const { return zz.isZero(); }
  constexpr Xyzz negate() const { return {x, y.negate(), zz, zzz}; }

  constexpr Xyzz doubled() const {
    if (isInfinity()) return *this;
    const F u = y.doubled(), v = u.square(), w = u * v, s = x * v, xx = x.square(), m = xx.doubled() + xx;
    const F x3 = m.square() - s.doubled();
    return {x3, m * (s - x3) - w * y, v * zz, w * zzz};
  }
  constexpr Xyzz operator+(const Affine<F>& o) const {
    if (o.isInfinity()) return *this;
    if (isInfinity()) return from(o);
    const F p = o.x * zz - x, r = o.y * zzz - y;
    if (p.isZero()) return r.isZero() ? from(o).doubled() : infinity();
    const F pp = p.square(), ppp = p * pp, q = x * pp;
    const F x3 = r.square() - ppp - q.doubled();
    return {x3, r * (q - x3) - y * ppp, zz * pp, zzz * ppp};
  }
  constexpr Xyzz operator+(const Xyzz& o) const {
    if (o.isInfinity()) return *this;
    if (isInfinity()) return o;
    const F u1 = x * o.zz, s1 = y * o.zzz, p = o.x * zz - u1, r = o.y * zzz - s1;
    if (p.isZero()) return r.isZero() ? doubled() : infinity();
    const F pp = p.square(), ppp = p * pp, q = u1 * pp;
    const F x3 = r.square() - ppp - q.doubled();
    return {x3, r * (q - x3) - s1 * ppp, zz * o.zz * pp, zzz * o.zzz * ppp};
  }
  constexpr Xyzz& operator+=(const Affine<F>& o) { return *this = *this + o; }
  constexpr Xyzz& operator+=(const Xyzz& o) { return *this = *this + o; }

  constexpr Affine<F> affine() const {
    if (isInfinity()) return Affine<F>::infinity();
    // 1/ZZZ alone is inverted: 1/ZZ = ZZ^2 / ZZZ^2.
    const F i3 = zzz.inverse(), i2 = (zz * i3).square();
    return {x * i2, y * i3};
  }
};

/** k P by doubling and adding. Not constant time. */
template <class F>
Xyzz<F> multiply(const Affine<F>& p, const U256& k) {
  Xyzz<F> r = Xyzz<F>::infinity();
  for (unsigned i = k.bitLength(); i-- > 0;) {
    r = r.doubled();
    if (k.bit(i)) r += p;
  }
  return r;
}
template <class F>
Affine<F> multiply(const Affine<F>& p, const Fr& k) {
  return multiply(p, k.integer()).affine();
}

/** The generators of EIP-196 and EIP-197, the ones that snarkjs uses. */
inline G1 g1Generator() { return {Fq::from(1), Fq::from(2)}; }
inline G2 g2Generator() {
  const Fq2 x = {Fq::from(u256(0x1800deef121f1e76, 0x426a00665e5c4479, 0x674322d4f75edadd, 0x46debd5cd992f6ed)),
                 Fq::from(u256(0x198e9393920d483a, 0x7260bfb731fb5d25, 0xf1aa493335a9e712, 0x97e485b7aef312c2))};
  const Fq2 y = {Fq::from(u256(0x12c85ea5db8c6deb, 0x4aab71808dcb408f, 0xe3d1e7690c43d37b, 0x4ce6cc0166fa7daa)),
                 Fq::from(u256(0x090689d0585ff075, 0xec9e99ad690c3395, 0xbc4b313370b38ef3, 0x55acdadcd122975b))};
  return {x, y};
}

}  // namespace zk
