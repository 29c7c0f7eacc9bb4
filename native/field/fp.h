/**
 * Prime fields of 254 bits in Montgomery form with R = 2^256, which is how .zkey and .ptau files hold them. Elements are always canonical
 * (less than the modulus).
 */
#pragma once

#include <cstring>

#include "inverse.h"
#include "uint256.h"
#if defined(__x86_64__) && !defined(ZK_GENERIC)
#include "add_x86.h"
#endif
#if defined(ZK_ADX)
#include "mul_adx.h"
#endif

namespace zk {

/** 2^bits mod p. */
constexpr U256 powerOfTwo(const U256& p, unsigned bits) {
  U256 r = u256(0, 0, 0, 1);
  for (unsigned i = 0; i < bits; i++) {
    r = add(r, r);
    if (!(r < p)) r = sub(r, p);
  }
  return r;
}

/** -1/p mod 2^64 by Newton's iteration. */
constexpr u64 negativeInverse(u64 p) {
  u64 x = 1;
  for (int i = 0; i < 6; i++) x *= 2 - p * x;
  return ~x + 1;
}

/** Montgomery product without the last subtraction's branch: interleaved (CIOS), with no carry word as the modulus has spare bits. */
template <class Params>
constexpr U256 montgomeryMul(const U256& a, const U256& b) {
  constexpr U256 p = Params::modulus;
  constexpr u64 n0 = negativeInverse(p.w[0]);
  u64 t[4] = {0, 0, 0, 0};
  for (int i = 0; i < 4; i++) {
    u64 carry = 0, reduced = 0;
    const u64 first = mulAdd(t[0], a.w[0], b.w[i], carry);
    const u64 m = first * n0;
    (void)mulAdd(first, m, p.w[0], reduced);
    for (int j = 1; j < 4; j++) {
      const u64 word = mulAdd(t[j], a.w[j], b.w[i], carry);
      t[j - 1] = mulAdd(word, m, p.w[j], reduced);
    }
    t[3] = carry + reduced;
  }
  const U256 r = {{t[0], t[1], t[2], t[3]}};
  u64 borrow = 0;
  const U256 s = sub(r, p, &borrow);
  const u64 keep = 0 - borrow;
  U256 out{};
  for (int i = 0; i < 4; i++) out.w[i] = (r.w[i] & keep) | (s.w[i] & ~keep);
  return out;
}

template <class Params>
struct Fp {
  static constexpr U256 modulus = Params::modulus;
  static constexpr U256 R = powerOfTwo(modulus, 256);
  static constexpr U256 R2 = powerOfTwo(modulus, 512);

  /** The Montgomery form. */
  U256 m;

  static constexpr Fp zero() { return {}; }
  static constexpr Fp one() { return {R}; }
  /** From an integer less than 2^256; larger ones than the modulus are reduced. */
  static constexpr Fp from(const U256& value) { return Fp{value} * Fp{R2}; }
  static constexpr Fp from(u64 value) { return from(u256(0, 0, 0, value)); }
  /** From a small signed integer. */
  static constexpr Fp fromSigned(i64 value) {
    return value < 0 ? from(static_cast<u64>(-value)).negate() : from(static_cast<u64>(value));
  }
  /** The canonical integer. */
  constexpr U256 integer() const { return (*this * Fp{u256(0, 0, 0, 1)}).m; }

  /** Reads 32 little-endian bytes in Montgomery form, not necessarily canonical: see isCanonical. */
  static Fp load(const void* bytes) {
    Fp r;
    std::memcpy(&r.m, bytes, 32);
    return r;
  }
  void store(void* bytes) const { std::memcpy(bytes, &m, 32); }
  constexpr bool isCanonical() const { return m < modulus; }

  constexpr bool operator==(const Fp&) const = default;
  constexpr bool isZero() const { return m.isZero(); }

  constexpr Fp operator+(const Fp& o) const {
#if defined(__x86_64__) && !defined(ZK_GENERIC)
    if (!__builtin_is_constant_evaluated()) {
      return {addModX86(m.w, o.m.w, modulus.w)};
    }
#endif
    const U256 s = add(m, o.m);
    return {reduceOnce(s)};
  }
  constexpr Fp operator-(const Fp& o) const {
#if defined(__x86_64__) && !defined(ZK_GENERIC)
    if (!__builtin_is_constant_evaluated()) {
      return {subModX86(m.w, o.m.w, modulus.w)};
    }
#endif
    u64 borrow = 0;
    U256 r = sub(m, o.m, &borrow);
    const u64 mask = 0 - borrow;
    const U256 masked = {{modulus.w[0] & mask, modulus.w[1] & mask, modulus.w[2] & mask, modulus.w[3] & mask}};
    return {add(r, masked)};
  }
  constexpr Fp operator*(const Fp& o) const {
#if defined(ZK_ADX)
    if (!__builtin_is_constant_evaluated()) {
      return {mulAdx(m.w, o.m.w, modulus.w, negativeInverse(modulus.w[0]))};
    }
#endif
    return {montgomeryMul<Params>(m, o.m)};
  }
  constexpr Fp square() const { return *this * *this; }
  constexpr Fp doubled() const { return *this + *this; }
  constexpr Fp negate() const { return isZero() ? *this : Fp{sub(modulus, m)}; }
  constexpr Fp& operator+=(const Fp& o) { return *this = *this + o; }
  constexpr Fp& operator-=(const Fp& o) { return *this = *this - o; }
  constexpr Fp& operator*=(const Fp& o) { return *this = *this * o; }

  constexpr Fp power(const U256& e) const {
    Fp r = one();
    for (unsigned i = e.bitLength(); i-- > 0;) {
      r = r.square();
      if (e.bit(i)) r *= *this;
    }
    return r;
  }

  /** 1/x; 0 for 0. Not constant time: never of a secret that must not leak by timing. */
  constexpr Fp inverse() const { return {divideMod(R2, m, modulus, ~negativeInverse(modulus.w[0]) + 1)}; }

  constexpr Fp halved() const {
    if ((m.w[0] & 1) == 0) return {half(m)};
    u64 carry = 0;
    const U256 s = add(m, modulus, &carry);
    return {half(s, carry)};
  }

 private:
  static constexpr U256 reduceOnce(const U256& s) {
    u64 borrow = 0;
    const U256 d = sub(s, modulus, &borrow);
    const u64 keep = 0 - borrow;
    U256 r{};
    for (int i = 0; i < 4; i++) r.w[i] = (s.w[i] & keep) | (d.w[i] & ~keep);
    return r;
  }
};

}  // namespace zk
