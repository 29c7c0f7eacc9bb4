/** Scalars of a multi-scalar multiplication, classed once for all sets of points that they meet. */
#pragma once

#include <utility>
#include <vector>

#include "../field/bn254.h"
#include "../support/threads.h"

namespace zk {

/** Index of a scalar and, in the lowest bit, whether its point is to be negated. */
using Term = u32;
inline constexpr u32 kMaxScalars = u32{1} << 31;

/**
 * Every scalar s mod r stands for +-m with m at most (r - 1) / 2, so that small negative ones are small. Zeros are dropped, +-1 are units, the
 * others keep their magnitude: long ones and short ones apart, as they want windows of other widths.
 */
struct Scalars {
  template <class Magnitude>
  struct Part {
    std::vector<Term> terms;
    std::vector<Magnitude> magnitudes;

    void reserve(std::size_t count) {
      terms.reserve(count);
      magnitudes.reserve(count);
    }
  };
  std::vector<Term> units;
  Part<u32> shorts;
  Part<U256> longs;

  /** Bits of a short magnitude. */
  static constexpr unsigned kShortBits = 32;
  /** Bits of any magnitude. */
  static constexpr unsigned kLongBits = 253;
};

/**
 * @param bytes canonical integers less than r, 32 bytes each, little endian
 * @param count less than kMaxScalars
 */
inline Scalars classify(const u8* bytes, std::size_t count, unsigned threads) {
  constexpr U256 r = Fr::modulus;
  constexpr std::size_t kPiece = std::size_t{1} << 15;
  std::vector<Scalars> pieces((count + kPiece - 1) / kPiece);
  parallelFor(threads, count, kPiece, [&](std::size_t begin, std::size_t end) {
    Scalars& piece = pieces[begin / kPiece];
    // Address space alone, as long as they stay empty.
    piece.units.reserve(end - begin);
    piece.shorts.reserve(end - begin);
    piece.longs.reserve(end - begin);
    for (std::size_t i = begin; i < end; i++) {
      U256 s;
      std::memcpy(&s, bytes + 32 * i, 32);
      if ((s.w[1] | s.w[2] | s.w[3]) == 0 && s.w[0] <= 1) {
        if (s.w[0] == 1) piece.units.push_back(static_cast<Term>(2 * i));
        continue;
      }
      const U256 opposite = sub(r, s);
      const bool negative = opposite < s;
      const U256 m = negative ? opposite : s;
      const Term term = static_cast<Term>(2 * i + (negative ? 1 : 0));
      if ((m.w[1] | m.w[2] | m.w[3]) != 0 || m.w[0] >> Scalars::kShortBits != 0) {
        piece.longs.terms.push_back(term);
        piece.longs.magnitudes.push_back(m);
      } else if (m.w[0] == 1) {
        piece.units.push_back(term);
      } else {
        piece.shorts.terms.push_back(term);
        piece.shorts.magnitudes.push_back(static_cast<u32>(m.w[0]));
      }
    }
  });
  Scalars all;
  std::size_t units = 0, shorts = 0, longs = 0;
  for (const Scalars& piece : pieces) {
    units += piece.units.size();
    shorts += piece.shorts.terms.size();
    longs += piece.longs.terms.size();
  }
  all.units.reserve(units);
  all.shorts.reserve(shorts);
  all.longs.reserve(longs);
  const auto append = [](auto& to, auto& from) {
    to.insert(to.end(), from.begin(), from.end());
    from = {};
  };
  for (Scalars& piece : pieces) {
    append(all.units, piece.units);
    append(all.shorts.terms, piece.shorts.terms);
    append(all.shorts.magnitudes, piece.shorts.magnitudes);
    append(all.longs.terms, piece.longs.terms);
    append(all.longs.magnitudes, piece.longs.magnitudes);
  }
  return all;
}

}  // namespace zk
