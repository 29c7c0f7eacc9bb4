/**
 * Roots of unity in the order that transforms without bit reversal use them.
 *
 * The inverse transform goes from natural to bit-reversed order (Cooley and Tukey), reducing modulo x^m - c step by step: block b of a layer
 * splits with W[b] = w^-reversed(b), the same for all of the block. The forward one undoes this network (Gentleman and Sande), from
 * bit-reversed to natural order, with 1 / W[b] = -W[mirrored(b)]. One table serves both, and its beginning serves all smaller blocks.
 */
#pragma once

#include <bit>

#include "../field/bn254.h"
#include "../support/large-array.h"
#include "../support/threads.h"

namespace zk {

/** Largest domain: the coset needs roots of unity of twice its size. */
inline constexpr unsigned kMaxPower = kTwoAdicity - 1;

/** The block whose twiddle is -1/W[block]; block is not 0. */
constexpr std::size_t mirrored(std::size_t block) { return 3 * std::bit_floor(block) - 1 - block; }

/** out[i] = first * product of factor(j) over the bits j of i, for i less than 2^log. */
template <class Factor>
LargeArray<Fr> bitProducts(unsigned log, const Fr& first, unsigned threads, Factor&& factor) {
  LargeArray<Fr> out = LargeArray<Fr>::uninitialized(std::size_t{1} << log);
  out[0] = first;
  for (unsigned j = 0; j < log; j++) {
    const Fr f = factor(j);
    Fr* data = out.data();
    const std::size_t half = std::size_t{1} << j;
    parallelFor(half < 4096 ? 1 : threads, half, 4096, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; i++) data[half + i] = data[i] * f;
    });
  }
  return out;
}

/** W[0..2^log): w^-reversed(b). */
inline LargeArray<Fr> inverseTwiddles(unsigned log, unsigned threads) {
  return bitProducts(log, Fr::one(), threads, [](unsigned j) { return rootOfUnity(j + 2).inverse(); });
}

/** g^(2^k) for the generator g of the coset: a primitive 2^(power+1)-th root of unity. */
inline Fr cosetPower(unsigned power, unsigned k) { return rootOfUnity(power + 1 - k); }

/**
 * g^reversed(i) / n is base[i >> log] * step[i & (2^log - 1)], where log is 3, or less in small domains: a table an eighth of the size.
 */
struct CosetFactors {
  unsigned log;
  LargeArray<Fr> base, step;

  CosetFactors(unsigned power, unsigned threads)
      : log(std::min(power, 3u)),
        base(bitProducts(power - log, Fr::from(u64{1} << power).inverse(), threads,
                         [=, this](unsigned j) { return cosetPower(power, power - 1 - log - j); })),
        step(bitProducts(log, Fr::one(), 1, [=](unsigned j) { return cosetPower(power, power - 1 - j); })) {}
};

}  // namespace zk
