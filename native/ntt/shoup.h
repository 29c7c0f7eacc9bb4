/**
 * Products with constants, eight at a time: the quotient by p is estimated with a precomputed w / p (Shoup's method: Harvey, "Faster arithmetic
 * for number-theoretic transforms", 2014). 75 instead of 105 multiplications of a Montgomery product.
 */
#pragma once

#if defined(ZK_IFMA)

#include "../field/fp8.h"

namespace zk {

using Fr8 = Fp8<FrParams>;

/** A constant w less than p, and floor(w 2^260 / p). */
struct Constant52 {
  Limbs52 w, ratio;

  static Constant52 of(const Fr& x) {
    // ratio p = w 2^260 - (w 2^260 mod p), so it is the multiple of p that Montgomery's reduction adds to the latter.
    constexpr u64 n0 = negativeInverse(Fr::modulus.w[0]);
    const U256 rest = (x * Fr::from(16)).m;
    u64 t[5] = {rest.w[0], rest.w[1], rest.w[2], rest.w[3], 0}, q[5];
    for (int i = 0; i < 5; i++) {
      q[i] = t[i] * n0;
      u64 carry = 0;
      for (int j = 0; j < 4 && i + j < 5; j++) t[i + j] = mulAdd(t[i + j], q[i], Fr::modulus.w[j], carry);
      if (i == 0) t[4] = carry;
    }
    Constant52 r{limbs52(x.integer()), limbs52(U256{{q[0], q[1], q[2], q[3]}})};
    r.ratio.l[4] |= (q[4] & 15) << 48;
    return r;
  }
};

/** Moves carries up without masking: IFMA takes the low 52 bits of a factor's limbs only. Values are at least 0 and less than 2^260. */
[[gnu::always_inline]] inline Fr8 carried(const Fr8& x) {
  Fr8 r;
  r.l[0] = x.l[0];
#pragma GCC unroll 4
  for (int i = 1; i < 5; i++) r.l[i] = _mm512_add_epi64(x.l[i], _mm512_srai_epi64(r.l[i - 1], 52));
  return r;
}

/** What a product with a constant is less than, in multiples of p: the estimate leaves out columns below 2^260, nine of which count. */
inline constexpr unsigned kConstantBound = 11;

/** x w mod p, less than kConstantBound p and normalized. @param x carried, less than 2^260 */
[[gnu::always_inline]] inline Fr8 mulConstant(const Fr8& x, const Constant52& c) {
  // 2^260 - p, so that the multiple of p is subtracted by adding, modulo 2^260.
  static constexpr Limbs52 complement = [] {
    Limbs52 r{};
    u64 borrow = 0;
    for (int i = 0; i < 5; i++) {
      const u64 t = 0 - Fr8::p.l[i] - borrow;
      r.l[i] = t & ((u64{1} << 52) - 1);
      borrow = 1;
    }
    return r;
  }();
  const Vec zero = _mm512_setzero_si512();
  const auto word = [](u64 w) { return _mm512_set1_epi64(static_cast<i64>(w)); };
  Vec q[5] = {zero, zero, zero, zero, zero}, r[5] = {zero, zero, zero, zero, zero};
#pragma GCC unroll 5
  for (int i = 0; i < 5; i++) {
    const Vec ratio = word(c.ratio.l[i]), w = word(c.w.l[i]);
#pragma GCC unroll 5
    for (int j = 0; j < 5; j++) {
      if (i + j >= 5) q[i + j - 5] = _mm512_madd52lo_epu64(q[i + j - 5], x.l[j], ratio);
      if (i + j < 5) r[i + j] = _mm512_madd52lo_epu64(r[i + j], x.l[j], w);
      if (i + j >= 4) q[i + j - 4] = _mm512_madd52hi_epu64(q[i + j - 4], x.l[j], ratio);
      if (i + j < 4) r[i + j + 1] = _mm512_madd52hi_epu64(r[i + j + 1], x.l[j], w);
    }
  }
#pragma GCC unroll 4
  for (int i = 1; i < 5; i++) q[i] = _mm512_add_epi64(q[i], _mm512_srli_epi64(q[i - 1], 52));
#pragma GCC unroll 5
  for (int j = 0; j < 5; j++) {
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
      const Vec w = word(complement.l[i]);
      if (i + j < 5) r[i + j] = _mm512_madd52lo_epu64(r[i + j], q[j], w);
      if (i + j < 4) r[i + j + 1] = _mm512_madd52hi_epu64(r[i + j + 1], q[j], w);
    }
  }
  const Vec mask = Fr8::mask52();
  Fr8 out;
  Vec carry = zero;
#pragma GCC unroll 5
  for (int i = 0; i < 5; i++) {
    const Vec t = _mm512_add_epi64(r[i], carry);
    out.l[i] = _mm512_and_si512(t, mask);
    carry = _mm512_srli_epi64(t, 52);
  }
  return out;
}

/** What `folded` leaves is less than this many times p. */
inline constexpr unsigned kFoldedBound = 12;

/** x minus a multiple of p, less than kFoldedBound p; limbs not normalized. @param x at least 0 and less than 2^260, in any limbs */
[[gnu::always_inline]] inline Fr8 folded(const Fr8& x) {
  // The highest multiples of p below k 2^257 = k 10.6 p.
  struct Multiples {
    alignas(64) u64 l[5][8];
  };
  static constexpr Multiples multiples = [] {
    Multiples m{};
    for (u64 k = 0; k < 8; k++) {
      // floor(k 2^257 / p) from p's two highest limbs, rounded up: never too large.
      u64 times = 0;
      const u128 head = (static_cast<u128>(Fr8::p.l[4]) << 52 | Fr8::p.l[3]) + 1;
      while ((times + 1) * head <= static_cast<u128>(k) << 101) times++;
      u64 carry = 0;
      for (int i = 0; i < 5; i++) {
        const u64 t = times * Fr8::p.l[i] + carry;
        m.l[i][k] = t & ((u64{1} << 52) - 1);
        carry = t >> 52;
      }
    }
    return m;
  }();
  const Fr8 n = x.normalized();
  const Vec k = _mm512_srli_epi64(n.l[4], 49);
  Fr8 r;
#pragma GCC unroll 5
  for (int i = 0; i < 5; i++) r.l[i] = _mm512_sub_epi64(n.l[i], _mm512_permutexvar_epi64(k, _mm512_load_si512(multiples.l[i])));
  return r;
}

}  // namespace zk

#endif
