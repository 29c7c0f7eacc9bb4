/** Layers of transforms on single elements, for every processor. */
#pragma once

#include "domain.h"

namespace zk {

struct ScalarKernel {
  /** What arrays consist of: 2^kLog elements. */
  using Unit = Fr;
  static constexpr unsigned kLog = 0;
  /** Units at the end of a row, so that rows do not fall on the same cache sets. */
  static constexpr std::size_t kPad = 2;

  struct Tables {
    LargeArray<Fr> twiddles;
    CosetFactors coset;

    Tables(unsigned power, unsigned threads)
        : twiddles(inverseTwiddles(power == 0 ? 0 : power - 1, threads)), coset(power, threads) {}
    std::size_t bytes() const { return twiddles.bytes() + coset.base.bytes() + coset.step.bytes(); }
  };

  /** A, B and A B / R from integers. */
  static void store(const U256* a, const U256* b, Unit& outA, Unit& outB, Unit& outC) {
    outA = {*a};
    outB = {*b};
    outC = outA * outB;
  }

  /** One layer on pairs (a[i], a[step + i]), i less than count, that lie in one block. */
  static void down2(Unit* a, std::size_t step, std::size_t count, const Tables& t, std::size_t block) {
    const Fr w = t.twiddles[block];
    for (std::size_t i = 0; i < count; i++) {
      const Fr u = a[i], v = block == 0 ? a[step + i] : a[step + i] * w;
      a[i] = u + v;
      a[step + i] = u - v;
    }
  }
  /** Two layers: block, then its halves. */
  static void down4(Unit* a, std::size_t step, std::size_t count, const Tables& t, std::size_t block) {
    const Fr w1 = t.twiddles[block], w2 = t.twiddles[2 * block], w3 = t.twiddles[2 * block + 1];
    const bool first = block == 0;
    for (std::size_t i = 0; i < count; i++, a++) {
      const Fr a0 = a[0], a1 = a[step], a2 = first ? a[2 * step] : a[2 * step] * w1, a3 = first ? a[3 * step] : a[3 * step] * w1;
      const Fr b0 = a0 + a2, b1 = first ? a1 + a3 : (a1 + a3) * w2, b2 = a0 - a2, b3 = (a1 - a3) * w3;
      a[0] = b0 + b1;
      a[step] = b0 - b1;
      a[2 * step] = b2 + b3;
      a[3 * step] = b2 - b3;
    }
  }
  /** Undoes down2, up to a factor of 2. */
  static void up2(Unit* a, std::size_t step, std::size_t count, const Tables& t, std::size_t block) {
    const Fr w = block == 0 ? Fr::one() : t.twiddles[mirrored(block)];
    for (std::size_t i = 0; i < count; i++) {
      const Fr x = a[i], y = a[step + i];
      a[i] = x + y;
      a[step + i] = block == 0 ? x - y : (y - x) * w;
    }
  }
  /** Undoes down4, up to a factor of 4. */
  static void up4(Unit* a, std::size_t step, std::size_t count, const Tables& t, std::size_t block) {
    const bool first = block == 0;
    const std::size_t m = first ? 0 : mirrored(block);
    const Fr w1 = t.twiddles[m], w2 = t.twiddles[2 * m + 1], w3 = t.twiddles[first ? 1 : 2 * m];
    for (std::size_t i = 0; i < count; i++, a++) {
      const Fr a0 = a[0], a1 = a[step], a2 = a[2 * step], a3 = a[3 * step];
      const Fr b0 = a0 + a1, b1 = first ? a0 - a1 : (a1 - a0) * w2, b2 = a2 + a3, b3 = (a3 - a2) * w3;
      a[0] = b0 + b2;
      a[step] = b1 + b3;
      a[2 * step] = first ? b0 - b2 : (b2 - b0) * w1;
      a[3 * step] = first ? b1 - b3 : (b3 - b1) * w1;
    }
  }

  /** What remains between the two transforms: the factors of the coset. @param at index of the first unit */
  static void middle(Unit* const polys[3], std::size_t at, std::size_t count, const Tables& t) {
    const std::size_t mask = (std::size_t{1} << t.coset.log) - 1;
    for (std::size_t i = 0; i < count; i++) {
      const Fr f = t.coset.base[(at + i) >> t.coset.log] * t.coset.step[(at + i) & mask];
      for (int k = 0; k < 3; k++) polys[k][i] *= f;
    }
  }

  /** The integers A B - C. */
  static void finish(const Unit* a, const Unit* b, const Unit* c, std::size_t count, U256* out) {
    constexpr Fr r2 = {Fr::R2};
    for (std::size_t i = 0; i < count; i++) out[i] = ((a[i] * b[i] - c[i]) * r2).m;
  }
};

}  // namespace zk
