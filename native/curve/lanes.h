/**
 * Coordinates of several points at once, for batch additions: one lane in plain code, eight with AVX-512 IFMA.
 *
 * Lanes<F>::V is a vector of field elements. Memory holds x R with R = 2^256; the product of the eight lanes divides by 2^260, so there a stored
 * number stands for x / 16. An affine addition is right all the same: with lambda / 4 instead of lambda, x3 = lambda^2 - x1 - x2 and
 * y3 = lambda (x1 - x3) - y1 hold for coordinates scaled by 1/16. kInverse is the constant that makes lambda / 4 come out of the batch inverse, and
 * scaledDifference puts it right in y3. Where the numerator of lambda is made of a square, it is kSquareInverse.
 */
#pragma once

#include "../field/fp8.h"
#include "points.h"

namespace zk {

/** Address of a point, which is a multiple of 4, plus 1 to mean its negative. */
using Tagged = std::uintptr_t;

inline Tagged tagged(const void* point, bool negative = false) {
  return reinterpret_cast<Tagged>(point) | static_cast<Tagged>(negative);
}
inline const u8* addressOf(Tagged t) { return reinterpret_cast<const u8*>(t & ~Tagged{1}); }
template <class F>
Affine<F> pointAt(Tagged t) {
  const Affine<F> p = Affine<F>::load(addressOf(t));
  return (t & 1) != 0 ? p.negate() : p;
}

#if defined(ZK_IFMA)

/** Four words at an offset of eight rows, as four vectors. */
ZK_INLINE void loadWords(const Tagged* rows, std::size_t offset, Vec w[4]) {
  Vec z[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(addressOf(rows[i]) + offset));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(addressOf(rows[i + 4]) + offset));
    z[i] = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
  }
  const Vec even = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), odd = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
  const Vec a = _mm512_unpacklo_epi64(z[0], z[1]), b = _mm512_unpacklo_epi64(z[2], z[3]);
  const Vec c = _mm512_unpackhi_epi64(z[0], z[1]), d = _mm512_unpackhi_epi64(z[2], z[3]);
  w[0] = _mm512_permutex2var_epi64(a, even, b);
  w[1] = _mm512_permutex2var_epi64(c, even, d);
  w[2] = _mm512_permutex2var_epi64(a, odd, b);
  w[3] = _mm512_permutex2var_epi64(c, odd, d);
}

ZK_INLINE void storeWords(void* const* rows, std::size_t offset, const Vec w[4]) {
  const Vec a = _mm512_unpacklo_epi64(w[0], w[1]), b = _mm512_unpackhi_epi64(w[0], w[1]);
  const Vec c = _mm512_unpacklo_epi64(w[2], w[3]), d = _mm512_unpackhi_epi64(w[2], w[3]);
  const Vec even = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), odd = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
  const Vec r[4] = {_mm512_permutex2var_epi64(a, even, c), _mm512_permutex2var_epi64(b, even, d),
                    _mm512_permutex2var_epi64(a, odd, c), _mm512_permutex2var_epi64(b, odd, d)};
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(static_cast<u8*>(rows[i]) + offset), _mm512_castsi512_si256(r[i]));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(static_cast<u8*>(rows[i + 4]) + offset),
                        _mm512_extracti64x4_epi64(r[i], 1));
  }
}

ZK_INLINE u8 negativeLanes(const Tagged* rows) {
  return static_cast<u8>(_mm512_test_epi64_mask(_mm512_loadu_si512(rows), _mm512_set1_epi64(1)));
}

template <class F>
struct Lanes;

template <>
struct Lanes<Fq> {
  static constexpr unsigned kCount = 8;
  static constexpr Fq kInverse = Fq::from(64);
  static constexpr Fq kSquareInverse = Fq::from(16 * 64);
  using V = Fp8<FqParams>;

  ZK_INLINE static V load(const Tagged* rows, std::size_t offset) {
    Vec w[4];
    loadWords(rows, offset, w);
    return V::fromWords(w[0], w[1], w[2], w[3]);
  }
  ZK_INLINE static V loadX(const Tagged* rows) { return load(rows, 0); }
  /** At most p: the negative of 0 is p. */
  ZK_INLINE static V loadY(const Tagged* rows) {
    const V y = load(rows, 32);
    return V::blend(negativeLanes(rows), y, V::template subRaw<1>(V::zero(), y).normalized());
  }
  ZK_INLINE static void store(void* const* rows, const V& x, const V& y) {
    Vec w[4];
    x.toWords(w);
    storeWords(rows, 0, w);
    y.toWords(w);
    storeWords(rows, 32, w);
  }
  static V one() { return V::broadcast(Fq::one().m); }
  static V mul(const V& a, const V& b) { return V::mul(a, b); }
  static V square(const V& a) { return a.square(); }
  static V twice(const V& a) { return V::addRaw(a, a).normalized(); }
  static V thrice(const V& a) { return V::addRaw(V::addRaw(a, a), a).normalized(); }
  /** a - b + k p, for b at most k p. */
  template <unsigned k>
  ZK_INLINE static V sub(const V& a, const V& b) {
    return V::template subRaw<k>(a, b).normalized();
  }
  /** 4 (a - b), where this is what the formulas of scaled coordinates ask for; canonical a, b. */
  ZK_INLINE static V scaledDifference(const V& a, const V& b) {
    V d = V::template subRaw<1>(a, b);
    for (Vec& limb : d.l) limb = _mm512_slli_epi64(limb, 2);
    return d.normalized();
  }
  /** a + b, limbs not normalized: for lessSum alone. */
  ZK_INLINE static V sum(const V& a, const V& b) { return V::addRaw(a, b); }
  /** a - s, canonical; a less than 2 p, s a sum of canonical elements. */
  ZK_INLINE static V lessSum(const V& a, const V& s) { return canonical(sub<2>(a, s)); }
  /** Canonical, from less than 4 p. */
  ZK_INLINE static V canonical(const V& a) { return a.template reducedBy<2>().template reducedBy<1>(); }
  static u8 zeros(const V& a) { return a.zeroLanes(); }
  ZK_INLINE static u8 equal(const V& a, const V& b) {
    u8 mask = 0xff;
    for (int i = 0; i < 5; i++) mask &= _mm512_cmpeq_epi64_mask(a.l[i], b.l[i]);
    return mask;
  }
  static void toScalars(const V& a, Fq out[8]) {
    alignas(64) u64 words[4][8];
    Vec w[4];
    a.toWords(w);
    for (int i = 0; i < 4; i++) _mm512_store_si512(words[i], w[i]);
    for (int k = 0; k < 8; k++) out[k] = {{{words[0][k], words[1][k], words[2][k], words[3][k]}}};
  }
  static V fromScalars(const Fq in[8]) {
    alignas(64) u64 words[4][8];
    for (int k = 0; k < 8; k++) {
      for (int i = 0; i < 4; i++) words[i][k] = in[k].m.w[i];
    }
    return V::fromWords(_mm512_load_si512(words[0]), _mm512_load_si512(words[1]), _mm512_load_si512(words[2]),
                        _mm512_load_si512(words[3]));
  }
};

/** Two coefficients of eight elements of Fq2. */
struct Fp8x2 {
  Fp8<FqParams> a, b;
};

template <>
struct Lanes<Fq2> {
  static constexpr unsigned kCount = 8;
  static constexpr Fq kInverse = Fq::from(64);
  static constexpr Fq kSquareInverse = Fq::from(16 * 64);
  using L = Lanes<Fq>;
  using V = Fp8x2;

  static V loadX(const Tagged* rows) { return {L::load(rows, 0), L::load(rows, 32)}; }
  static V loadY(const Tagged* rows) {
    const V y = {L::load(rows, 64), L::load(rows, 96)};
    const u8 negative = negativeLanes(rows);
    const Fp8<FqParams> zero = Fp8<FqParams>::zero();
    return {Fp8<FqParams>::blend(negative, y.a, L::sub<1>(zero, y.a)),
            Fp8<FqParams>::blend(negative, y.b, L::sub<1>(zero, y.b))};
  }
  static void store(void* const* rows, const V& x, const V& y) {
    const Fp8<FqParams>* parts[4] = {&x.a, &x.b, &y.a, &y.b};
    for (unsigned i = 0; i < 4; i++) {
      Vec w[4];
      parts[i]->toWords(w);
      storeWords(rows, 32 * i, w);
    }
  }
  static V one() { return {L::one(), Fp8<FqParams>::zero()}; }
  /** Factors less than 8 p. */
  static V mul(const V& x, const V& y) {
    using P = Fp8<FqParams>;
    return {P::mulSum(x.a, y.a, x.b, L::sub<8>(P::zero(), y.b)), P::mulSum(x.a, y.b, x.b, y.a)};
  }
  /** Of less than 4 p. */
  static V square(const V& x) {
    using P = Fp8<FqParams>;
    return {P::mul(P::addRaw(x.a, x.b).normalized(), L::sub<4>(x.a, x.b)), P::mul(P::addRaw(x.a, x.a).normalized(), x.b)};
  }
  static V scaledDifference(const V& x, const V& y) { return {L::scaledDifference(x.a, y.a), L::scaledDifference(x.b, y.b)}; }
  static V sum(const V& x, const V& y) { return {L::sum(x.a, y.a), L::sum(x.b, y.b)}; }
  static V lessSum(const V& x, const V& s) { return {L::lessSum(x.a, s.a), L::lessSum(x.b, s.b)}; }
  static V twice(const V& x) { return {L::twice(x.a), L::twice(x.b)}; }
  static V thrice(const V& x) { return {L::thrice(x.a), L::thrice(x.b)}; }
  template <unsigned k>
  static V sub(const V& x, const V& y) {
    return {L::sub<k>(x.a, y.a), L::sub<k>(x.b, y.b)};
  }
  static V canonical(const V& x) { return {L::canonical(x.a), L::canonical(x.b)}; }
  static u8 zeros(const V& x) { return L::zeros(x.a) & L::zeros(x.b); }
  static u8 equal(const V& x, const V& y) { return L::equal(x.a, y.a) & L::equal(x.b, y.b); }
  static void toScalars(const V& x, Fq2 out[8]) {
    Fq a[8], b[8];
    L::toScalars(x.a, a);
    L::toScalars(x.b, b);
    for (int k = 0; k < 8; k++) out[k] = {a[k], b[k]};
  }
  static V fromScalars(const Fq2 in[8]) {
    Fq a[8], b[8];
    for (int k = 0; k < 8; k++) a[k] = in[k].a, b[k] = in[k].b;
    return {L::fromScalars(a), L::fromScalars(b)};
  }
};

#else

template <class F>
struct Lanes {
  static constexpr unsigned kCount = 1;
  static constexpr Fq kInverse = Fq::one();
  static constexpr Fq kSquareInverse = Fq::one();
  using V = F;

  static V loadX(const Tagged* rows) { return F::load(addressOf(rows[0])); }
  static V loadY(const Tagged* rows) {
    const F y = F::load(addressOf(rows[0]) + sizeof(F));
    return (rows[0] & 1) != 0 ? y.negate() : y;
  }
  static void store(void* const* rows, const V& x, const V& y) { Affine<F>{x, y}.store(rows[0]); }
  static V one() { return F::one(); }
  static V mul(const V& a, const V& b) { return a * b; }
  static V square(const V& a) { return a.square(); }
  static V scaledDifference(const V& a, const V& b) { return a - b; }
  static V sum(const V& a, const V& b) { return a + b; }
  static V lessSum(const V& a, const V& s) { return a - s; }
  static V twice(const V& a) { return a.doubled(); }
  static V thrice(const V& a) { return a.doubled() + a; }
  template <unsigned k>
  static V sub(const V& a, const V& b) {
    return a - b;
  }
  static V canonical(const V& a) { return a; }
  static u8 zeros(const V& a) { return a.isZero(); }
  static u8 equal(const V& a, const V& b) { return a == b; }
  static void toScalars(const V& a, F out[1]) { out[0] = a; }
  static V fromScalars(const F in[1]) { return in[0]; }
};

#endif

}  // namespace zk
