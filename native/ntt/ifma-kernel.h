/**
 * Layers of transforms on eight elements at a time, with AVX-512 IFMA. Values in memory are lazy: less than kDown p on the way down and kUp p on
 * the way up, in limbs that need not be normalized, and are reduced only where a product or the next sum would not fit 84 p.
 */
#pragma once

#if defined(ZK_IFMA)

#include "domain.h"
#include "shoup.h"
#include "transpose.h"

namespace zk {

struct IfmaKernel {
  /** Eight adjacent elements. */
  using Unit = Fr8;
  static constexpr unsigned kLog = 3;
  /** The layers inside a unit are done on tiles of eight units. */
  static constexpr unsigned kMinPower = 6;
  static constexpr std::size_t kPad = 1;

  /** Bounds in multiples of p. What follows from them is noted where it is less than 84 only just. */
  static constexpr unsigned kDown = 48, kUp = 21, kProduct = kConstantBound, kFolded = kFoldedBound;
  static_assert(kDown + kProduct <= 84 && 4 * 20 + 1 <= 84 && 4 * kFolded <= kDown);

  struct Tables {
    /** W[b] for the layers above units. */
    LargeArray<Constant52> twiddles;
    /** For eight units each: W[4 k] for unit k and its inverse, and the first part of the coset's factors; in Montgomery form with 2^260. */
    LargeArray<Fr8> quarter, quarterInverse, base;
    /** The coset's factors inside a unit; W[1], W[2], W[3] and their inverses. */
    Constant52 step[8], root[4], rootInverse[4];

    Tables(unsigned power, unsigned threads)
        : twiddles(constants(inverseTwiddles(power - 4, threads), threads)),
          quarter(vectors(bitProducts(power - 3, Fr::one(), threads, [](unsigned j) { return rootOfUnity(j + 4).inverse(); }), threads)),
          quarterInverse(vectors(bitProducts(power - 3, Fr::one(), threads, [](unsigned j) { return rootOfUnity(j + 4); }), threads)) {
      const CosetFactors coset(power, threads);
      base = vectors(coset.base, threads);
      for (int i = 0; i < 8; i++) step[i] = Constant52::of(coset.step[static_cast<std::size_t>(i)]);
      const LargeArray<Fr> few = inverseTwiddles(2, 1);
      for (std::size_t i = 0; i < 4; i++) {
        root[i] = Constant52::of(few[i]);
        rootInverse[i] = Constant52::of(few[i].inverse());
      }
    }
    std::size_t bytes() const { return twiddles.bytes() + quarter.bytes() + quarterInverse.bytes() + base.bytes() + sizeof(Tables); }

   private:
    static LargeArray<Constant52> constants(const LargeArray<Fr>& x, unsigned threads) {
      LargeArray<Constant52> out = LargeArray<Constant52>::uninitialized(x.size());
      parallelFor(threads, x.size(), 2048, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; i++) out[i] = Constant52::of(x[i]);
      });
      return out;
    }
    static LargeArray<Fr8> vectors(const LargeArray<Fr>& x, unsigned threads) {
      LargeArray<Fr8> out = LargeArray<Fr8>::uninitialized(x.size() / 8);
      parallelFor(threads, out.size(), 512, [&](std::size_t begin, std::size_t end) {
        const Fr sixteen = Fr::from(16);
        for (std::size_t i = begin; i < end; i++) {
          U256 e[8];
          for (std::size_t j = 0; j < 8; j++) e[j] = (x[8 * i + j] * sixteen).m;
          out[i] = load(e);
        }
      });
      return out;
    }
  };

  /** A, B and A B / 2^260 from eight integers each. */
  static void store(const U256* a, const U256* b, Unit& outA, Unit& outB, Unit& outC) {
    outA = load(a);
    outB = load(b);
    outC = Fr8::mul(outA, outB);
  }

  /** One layer on pairs (a[i], a[step + i]), i less than count, that lie in one block. */
  static void down2(Unit* a, std::size_t step, std::size_t count, const Tables& t, std::size_t block) {
    if (block == 0) {
      for (std::size_t i = 0; i < count; i++) {
        const Fr8 u = folded(a[i]), v = folded(a[step + i]);
        a[i] = Fr8::addRaw(u, v);
        a[step + i] = Fr8::subRaw<kFolded>(u, v);
      }
      return;
    }
    const Constant52& w = t.twiddles[block];
    for (std::size_t i = 0; i < count; i++) {
      const Fr8 u = folded(a[i]), v = mulConstant(carried(a[step + i]), w);
      a[i] = Fr8::addRaw(u, v);
      a[step + i] = Fr8::subRaw<kProduct>(u, v);
    }
  }
  /** Two layers: block, then its halves. */
  static void down4(Unit* a, std::size_t step, std::size_t count, const Tables& t, std::size_t block) {
    const Constant52 &w1 = t.twiddles[block], &w2 = t.twiddles[2 * block], &w3 = t.twiddles[2 * block + 1];
    if (block == 0) {
      for (std::size_t i = 0; i < count; i++, a++) {
        const Fr8 a0 = folded(a[0]), a1 = folded(a[step]), a2 = folded(a[2 * step]), a3 = folded(a[3 * step]);
        const Fr8 b0 = Fr8::addRaw(a0, a2), b1 = Fr8::addRaw(a1, a3), b2 = Fr8::subRaw<kFolded>(a0, a2);
        const Fr8 b3 = mulConstant(carried(Fr8::subRaw<kFolded>(a1, a3)), w3);
        a[0] = Fr8::addRaw(b0, b1);
        a[step] = Fr8::subRaw<2 * kFolded>(b0, b1);
        a[2 * step] = Fr8::addRaw(b2, b3);
        a[3 * step] = Fr8::subRaw<kProduct>(b2, b3);
      }
      return;
    }
    for (std::size_t i = 0; i < count; i++, a++) {
      const Fr8 a2 = mulConstant(carried(a[2 * step]), w1), a3 = mulConstant(carried(a[3 * step]), w1);
      const Fr8 a0 = folded(a[0]), a1 = a[step];
      const Fr8 b1 = mulConstant(carried(Fr8::addRaw(a1, a3)), w2), b3 = mulConstant(carried(Fr8::subRaw<kProduct>(a1, a3)), w3);
      const Fr8 b0 = Fr8::addRaw(a0, a2), b2 = Fr8::subRaw<kProduct>(a0, a2);
      a[0] = Fr8::addRaw(b0, b1);
      a[step] = Fr8::subRaw<kProduct>(b0, b1);
      a[2 * step] = Fr8::addRaw(b2, b3);
      a[3 * step] = Fr8::subRaw<kProduct>(b2, b3);
    }
  }
  /** Undoes down2, up to a factor of 2. */
  static void up2(Unit* a, std::size_t step, std::size_t count, const Tables& t, std::size_t block) {
    const Constant52& w = t.twiddles[block == 0 ? 0 : mirrored(block)];
    for (std::size_t i = 0; i < count; i++) {
      const Fr8 x = a[i], y = a[step + i];
      a[i] = folded(Fr8::addRaw(x, y));
      a[step + i] = block == 0 ? folded(Fr8::subRaw<kUp>(x, y)) : mulConstant(carried(Fr8::subRaw<kUp>(y, x)), w);
    }
  }
  /** Undoes down4, up to a factor of 4. */
  static void up4(Unit* a, std::size_t step, std::size_t count, const Tables& t, std::size_t block) {
    if (block == 0) {
      const Constant52& w = t.twiddles[1];
      for (std::size_t i = 0; i < count; i++, a++) {
        const Fr8 a0 = a[0], a1 = a[step], a2 = a[2 * step], a3 = a[3 * step];
        const Fr8 b0 = Fr8::addRaw(a0, a1), b1 = Fr8::subRaw<kUp>(a0, a1), b2 = Fr8::addRaw(a2, a3);
        const Fr8 b3 = mulConstant(carried(Fr8::subRaw<kUp>(a3, a2)), w);
        a[0] = folded(Fr8::addRaw(b0, b2));
        a[step] = folded(Fr8::addRaw(b1, b3));
        a[2 * step] = folded(Fr8::subRaw<kSums>(b0, b2));
        a[3 * step] = folded(Fr8::subRaw<kProduct>(b1, b3));
      }
      return;
    }
    const std::size_t m = mirrored(block);
    const Constant52 &w1 = t.twiddles[m], &w2 = t.twiddles[2 * m + 1], &w3 = t.twiddles[2 * m];
    for (std::size_t i = 0; i < count; i++, a++) {
      const Fr8 a0 = a[0], a1 = a[step], a2 = a[2 * step], a3 = a[3 * step];
      const Fr8 b1 = mulConstant(carried(Fr8::subRaw<kUp>(a1, a0)), w2), b3 = mulConstant(carried(Fr8::subRaw<kUp>(a3, a2)), w3);
      const Fr8 b0 = Fr8::addRaw(a0, a1), b2 = Fr8::addRaw(a2, a3);
      a[0] = folded(Fr8::addRaw(b0, b2));
      a[step] = Fr8::addRaw(b1, b3);
      a[2 * step] = mulConstant(carried(Fr8::subRaw<kSums>(b2, b0)), w1);
      a[3 * step] = mulConstant(carried(Fr8::subRaw<kProduct>(b3, b1)), w1);
    }
  }

  /**
   * The last three layers down, the factors of the coset, the first three layers up. Unit k is a polynomial modulo x^8 - s^8 with s = W[4 k]:
   * with its coefficients times powers of s, the layers are the same for all units.
   * @param at index of the first unit @param count a multiple of 8
   */
  [[gnu::flatten]] static void middle(Unit* const polys[3], std::size_t at, std::size_t count, const Tables& t) {
    for (std::size_t i = 0; i < count; i += 8) {
      const std::size_t tile = (at + i) / 8;
      Fr8 before[8], after[8];
      before[1] = t.quarter[tile];
      for (int j = 2; j < 8; j++) before[j] = Fr8::mul(before[j / 2], before[j - j / 2]);
      after[0] = t.base[tile];
      after[1] = Fr8::mul(after[0], t.quarterInverse[tile]);
      for (int j = 2; j < 8; j++) after[j] = Fr8::mul(after[j - 1], t.quarterInverse[tile]);
      for (int k = 0; k < 3; k++) {
        Unit* const poly = polys[k] + i;
        Fr8 x[8];
        for (int j = 0; j < 8; j++) x[j] = poly[j];
        transposeAll(x);
        x[0] = folded(x[0]);
        for (int j = 1; j < 8; j++) x[j] = Fr8::mul(carried(x[j]), before[j]);
        rootsDown(x, t.root);
        x[0] = folded(x[0]);
        for (int j = 1; j < 8; j++) times(x[j], t.step[j]);
        rootsUp(x, t.rootInverse);
        for (int j = 0; j < 8; j++) x[j] = Fr8::mul(carried(x[j]), after[j]);
        transposeAll(x);
        for (int j = 0; j < 8; j++) poly[j] = x[j];
      }
    }
  }

  /** The integers A B - C. */
  static void finish(const Unit* a, const Unit* b, const Unit* c, std::size_t count, U256* out) {
    constexpr Limbs52 scale = limbs52(powerOfTwo(Fr::modulus, 520));
    const Fr8 f = Fr8::broadcast(scale);
    for (std::size_t i = 0; i < count; i++) {
      const Fr8 product = Fr8::mul(carried(a[i]), carried(b[i]));
      const Fr8 value = Fr8::mul(carried(Fr8::subRaw<kUp>(product, c[i])), f).template reducedBy<1>();
      Vec w[4];
      value.toWords(w);
      elementsOf(w, out + 8 * i);
    }
  }

 private:
  /** Products are in fact less than 10.1 p, what up4 takes less than 20.2 p, and sums of two of those less than 41 p. */
  static constexpr unsigned kSums = 41;

  static Fr8 load(const U256* x) {
    Vec w[4];
    wordsOf(x, w);
    return Fr8::fromWords(w[0], w[1], w[2], w[3]);
  }

  static void transposeAll(Fr8 x[8]) {
#pragma GCC unroll 5
    for (int l = 0; l < 5; l++) {
      Vec v[8];
#pragma GCC unroll 8
      for (int j = 0; j < 8; j++) v[j] = x[j].l[l];
      transpose(v);
#pragma GCC unroll 8
      for (int j = 0; j < 8; j++) x[j].l[l] = v[j];
    }
  }
  /** u + v and u - v + k p. */
  template <unsigned k>
  static void butterfly(Fr8& u, Fr8& v) {
    const Fr8 difference = Fr8::subRaw<k>(u, v);
    u = Fr8::addRaw(u, v);
    v = difference;
  }
  static void times(Fr8& x, const Constant52& c) { x = mulConstant(carried(x), c); }

  /** Values modulo x^8 - 1 at the eighth roots of unity, in bit-reversed order. From x[0] < 12 p, others < 3 p, to values < 39 p. */
  static void rootsDown(Fr8 x[8], const Constant52* w) {
    for (int j = 0; j < 4; j++) butterfly<3>(x[j], x[4 + j]);  // x[0], x[4] < 15 p, others < 6 p
    for (int j = 6; j < 8; j++) times(x[j], w[1]);
    for (int j = 0; j < 2; j++) {
      butterfly<6>(x[j], x[2 + j]);  // x[1] < 12 p, others < 21 p
      butterfly<kProduct>(x[4 + j], x[6 + j]);
    }
    butterfly<12>(x[0], x[1]);
    for (int j = 3; j < 8; j += 2) {
      times(x[j], w[j / 2]);
      butterfly<kProduct>(x[j - 1], x[j]);
    }
  }
  /** Undoes it, up to a factor of 8. From x[0] < 12 p and products with constants to values < 84 p. */
  static void rootsUp(Fr8 x[8], const Constant52* inverse) {
    for (int j = 0; j < 8; j += 2) {
      butterfly<kProduct>(x[j], x[j + 1]);  // x[0] < 22.1 p, x[1] < 23 p, other sums < 20.2 p
      if (j > 0) times(x[j + 1], inverse[j / 2]);
    }
    butterfly<kUp>(x[0], x[2]);  // 42.3 p, 43 p
    butterfly<kProduct>(x[1], x[3]);
    for (int j = 4; j < 6; j++) {
      butterfly<kUp>(x[j], x[j + 2]);  // x[4] < 40.4 p, x[5] < 20.2 p
      times(x[j + 2], inverse[1]);
    }
    butterfly<kSums>(x[0], x[4]);
    butterfly<kUp>(x[1], x[5]);
    for (int j = 2; j < 4; j++) butterfly<kProduct>(x[j], x[4 + j]);
  }
};

}  // namespace zk

#endif
