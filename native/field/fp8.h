/**
 * Eight elements of a prime field at a time, with AVX-512 IFMA: five limbs of 52 bits, one vector each (Gueron and Krasnov, "Accelerating big
 * integer arithmetic using Intel IFMA extensions", ARITH 2016). A product is a b / 2^260 mod p, so elements in memory keep their factor
 * R = 2^256: see kScale in curve/batch-add.h for how formulas stay right.
 *
 * Values are lazy: any value less than 2^260 = 84 p is a valid factor when its limbs are normalized. A product is less than
 * (x y / 84 + 1) p for factors less than x p and y p.
 */
#pragma once

#if defined(ZK_IFMA)

// GCC 12 takes the undefined vectors of its own header for mistakes.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include "bn254.h"

namespace zk {

/** Calls would pass vectors through memory. */
#define ZK_INLINE [[gnu::always_inline]] inline

using Vec = __m512i;

/** A constant modulo p as five limbs of 52 bits. */
struct Limbs52 {
  u64 l[5];
};

constexpr Limbs52 limbs52(const U256& x) {
  constexpr u64 mask = (u64{1} << 52) - 1;
  return {{x.w[0] & mask, ((x.w[0] >> 52) | (x.w[1] << 12)) & mask, ((x.w[1] >> 40) | (x.w[2] << 24)) & mask,
           ((x.w[2] >> 28) | (x.w[3] << 36)) & mask, x.w[3] >> 16}};
}

template <class Params>
struct Fp8 {
  static constexpr Limbs52 p = limbs52(Params::modulus);
  static constexpr u64 n0 = negativeInverse(Params::modulus.w[0]) & ((u64{1} << 52) - 1);

  Vec l[5];

  static Vec mask52() { return _mm512_set1_epi64((i64{1} << 52) - 1); }
  static Fp8 broadcast(const Limbs52& x) {
    Fp8 r;
    for (int i = 0; i < 5; i++) r.l[i] = _mm512_set1_epi64(static_cast<i64>(x.l[i]));
    return r;
  }
  static Fp8 broadcast(const U256& x) { return broadcast(limbs52(x)); }
  static Fp8 zero() { return broadcast(Limbs52{}); }

  /** From four vectors of 64-bit words. */
  ZK_INLINE static Fp8 fromWords(Vec w0, Vec w1, Vec w2, Vec w3) {
    const Vec m = mask52();
    Fp8 r;
    r.l[0] = _mm512_and_si512(w0, m);
    r.l[1] = _mm512_and_si512(_mm512_shrdi_epi64(w0, w1, 52), m);
    r.l[2] = _mm512_and_si512(_mm512_shrdi_epi64(w1, w2, 40), m);
    r.l[3] = _mm512_and_si512(_mm512_shrdi_epi64(w2, w3, 28), m);
    r.l[4] = _mm512_srli_epi64(w3, 16);
    return r;
  }
  /** To four vectors of 64-bit words; normalized values less than 2^256 only. */
  ZK_INLINE void toWords(Vec w[4]) const {
    w[0] = _mm512_or_si512(l[0], _mm512_slli_epi64(l[1], 52));
    w[1] = _mm512_or_si512(_mm512_srli_epi64(l[1], 12), _mm512_slli_epi64(l[2], 40));
    w[2] = _mm512_or_si512(_mm512_srli_epi64(l[2], 24), _mm512_slli_epi64(l[3], 28));
    w[3] = _mm512_or_si512(_mm512_srli_epi64(l[3], 36), _mm512_slli_epi64(l[4], 16));
  }

  /** Limbs to 52 bits again; they may be negative as long as the value is not. */
  ZK_INLINE Fp8 normalized() const {
    const Vec m = mask52();
    Fp8 r;
    Vec carry = _mm512_srai_epi64(l[0], 52);
    r.l[0] = _mm512_and_si512(l[0], m);
    for (int i = 1; i < 4; i++) {
      const Vec t = _mm512_add_epi64(l[i], carry);
      carry = _mm512_srai_epi64(t, 52);
      r.l[i] = _mm512_and_si512(t, m);
    }
    r.l[4] = _mm512_add_epi64(l[4], carry);
    return r;
  }

  /** a + b, limbs not normalized. */
  ZK_INLINE static Fp8 addRaw(const Fp8& a, const Fp8& b) {
    Fp8 r;
    for (int i = 0; i < 5; i++) r.l[i] = _mm512_add_epi64(a.l[i], b.l[i]);
    return r;
  }
  /** a - b + k p, limbs not normalized; b less than k p. */
  template <unsigned k>
  ZK_INLINE static Fp8 subRaw(const Fp8& a, const Fp8& b) {
    Fp8 r;
    for (int i = 0; i < 5; i++) {
      r.l[i] = _mm512_add_epi64(_mm512_sub_epi64(a.l[i], b.l[i]), _mm512_set1_epi64(static_cast<i64>(k * p.l[i])));
    }
    return r;
  }

  /** a b / 2^260 mod p; normalized factors, normalized product. */
  ZK_INLINE static Fp8 mul(const Fp8& a, const Fp8& b) {
    Vec t[5] = {};
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
      Vec low[5], high[5];
      firstRow(t, a, b.l[i], low, high);
      reduceRow(t, low, high);
    }
    return carried(t);
  }
  /** (a b + c d) / 2^260 mod p with one reduction: less than (x y + u v)/84 p + p. */
  ZK_INLINE static Fp8 mulSum(const Fp8& a, const Fp8& b, const Fp8& c, const Fp8& d) {
    Vec t[5] = {};
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
      Vec low[5], high[5];
      firstRow(t, a, b.l[i], low, high);
#pragma GCC unroll 5
      for (int j = 0; j < 5; j++) low[j] = _mm512_madd52lo_epu64(low[j], c.l[j], d.l[i]);
#pragma GCC unroll 5
      for (int j = 0; j < 5; j++) high[j] = _mm512_madd52hi_epu64(high[j], c.l[j], d.l[i]);
      reduceRow(t, low, high);
    }
    return carried(t);
  }
  ZK_INLINE Fp8 square() const { return mul(*this, *this); }

  /** Subtracts k p where the value is at least that; normalized. */
  template <unsigned k>
  ZK_INLINE Fp8 reducedBy() const {
    Fp8 d;
    const Vec m = mask52();
    Vec borrow = _mm512_setzero_si512();
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
      const Vec t = _mm512_add_epi64(_mm512_sub_epi64(l[i], _mm512_set1_epi64(static_cast<i64>(kp(k).l[i]))), borrow);
      borrow = _mm512_srai_epi64(t, 52);
      d.l[i] = i == 4 ? t : _mm512_and_si512(t, m);
    }
    const __mmask8 keep = _mm512_movepi64_mask(d.l[4]);
    Fp8 r;
    for (int i = 0; i < 5; i++) r.l[i] = _mm512_mask_blend_epi64(keep, d.l[i], l[i]);
    return r;
  }

  /** Lanes that are 0 as integers; limbs normalized. */
  ZK_INLINE __mmask8 zeroLanes() const {
    const Vec any = _mm512_or_si512(_mm512_or_si512(_mm512_or_si512(l[0], l[1]), _mm512_or_si512(l[2], l[3])), l[4]);
    return _mm512_testn_epi64_mask(any, any);
  }
  ZK_INLINE static Fp8 blend(__mmask8 second, const Fp8& a, const Fp8& b) {
    Fp8 r;
    for (int i = 0; i < 5; i++) r.l[i] = _mm512_mask_blend_epi64(second, a.l[i], b.l[i]);
    return r;
  }

 private:
  /** low, high = the halves of t + a bi, kept in words of their own for shorter chains. */
  ZK_INLINE static void firstRow(const Vec t[5], const Fp8& a, Vec bi, Vec low[5], Vec high[5]) {
#pragma GCC unroll 5
    for (int j = 0; j < 5; j++) low[j] = _mm512_madd52lo_epu64(t[j], a.l[j], bi);
#pragma GCC unroll 5
    for (int j = 0; j < 5; j++) high[j] = _mm512_madd52hi_epu64(_mm512_setzero_si512(), a.l[j], bi);
  }
  /** Adds the multiple of p that clears the lowest limb, and shifts by one limb. */
  ZK_INLINE static void reduceRow(Vec t[5], Vec low[5], Vec high[5]) {
    const Vec n = _mm512_set1_epi64(static_cast<i64>(n0));
    const Vec m = _mm512_madd52lo_epu64(_mm512_setzero_si512(), low[0], n);
#pragma GCC unroll 5
    for (int j = 1; j < 5; j++) low[j] = _mm512_madd52lo_epu64(low[j], m, broadcastLimb(j));
#pragma GCC unroll 5
    for (int j = 0; j < 5; j++) high[j] = _mm512_madd52hi_epu64(high[j], m, broadcastLimb(j));
    // The lowest limb and m p_0 make a multiple of 2^52: the next one, if the limb is none itself.
    const Vec carry = _mm512_srli_epi64(_mm512_add_epi64(low[0], mask52()), 52);
    t[0] = _mm512_add_epi64(_mm512_add_epi64(low[1], high[0]), carry);
#pragma GCC unroll 5
    for (int j = 1; j < 4; j++) t[j] = _mm512_add_epi64(low[j + 1], high[j]);
    t[4] = high[4];
  }
  ZK_INLINE static Fp8 carried(const Vec t[5]) {
    Fp8 r;
    Vec carry = _mm512_setzero_si512();
#pragma GCC unroll 5
    for (int j = 0; j < 4; j++) {
      const Vec s = _mm512_add_epi64(t[j], carry);
      r.l[j] = _mm512_and_si512(s, mask52());
      carry = _mm512_srli_epi64(s, 52);
    }
    r.l[4] = _mm512_add_epi64(t[4], carry);
    return r;
  }
  static Vec broadcastLimb(int j) { return _mm512_set1_epi64(static_cast<i64>(p.l[j])); }
  /** k p with normalized limbs. */
  static constexpr Limbs52 kp(unsigned k) {
    Limbs52 r{};
    u64 carry = 0;
    for (int i = 0; i < 5; i++) {
      const u64 t = k * p.l[i] + carry;
      r.l[i] = i == 4 ? t : t & ((u64{1} << 52) - 1);
      carry = t >> 52;
    }
    return r;
  }
};

}  // namespace zk

#endif
