/** Scalars of a multi-scalar multiplication, classed once for all sets of points that they meet. They may be secret, and are overwritten. */
#pragma once

#include <utility>
#include <vector>

#include "../field/bn254.h"
#include "../support/large-array.h"
#include "../support/threads.h"
#include "digits.h"

namespace zk {

/** Index of a scalar and, in the lowest bit, whether its point is to be negated. */
using Term = u32;
inline constexpr u32 kMaxScalars = u32{1} << 31;

/** Scalars of one class, as digits: they do not depend on the points. */
struct DigitTable {
  SecretArray<Term> terms;
  Digits form{1, 2};
  /** Of every term in window w, from w * terms.size() on. */
  SecretArray<std::int16_t> digits;

  const std::int16_t* window(unsigned w) const { return digits.data() + std::size_t{w} * terms.size(); }
};

/**
 * Every scalar s mod r stands for +-m with m at most (r - 1) / 2, so that small negative ones are small. Zeros are dropped, +-1 are units;
 * of the others, long and short ones are apart, as they want windows of other widths.
 */
struct Scalars {
  SecretArray<Term> units;
  DigitTable shorts, longs;

  /** Bits of a short magnitude. */
  static constexpr unsigned kShortBits = 32;
  /** Bits of any magnitude. */
  static constexpr unsigned kLongBits = 253;
};

/** Scalars of one class, with their magnitudes. */
template <class Magnitude>
struct ClassedPart {
  std::vector<Term> terms;
  std::vector<Magnitude> magnitudes;

  ClassedPart() = default;
  ClassedPart(const ClassedPart&) = delete;
  ClassedPart& operator=(const ClassedPart&) = delete;
  ~ClassedPart() { clear(); }
  void clear() {
    wipe(terms);
    wipe(magnitudes);
  }
  /** For at most `count`, so that none are left behind in smaller vectors. Takes address space alone as long as there are none. */
  void reserve(std::size_t count) {
    terms.reserve(count);
    magnitudes.reserve(count);
  }
};

/** Scalars of a piece. */
struct ClassedPiece {
  std::vector<Term> units;
  ClassedPart<u32> shorts;
  ClassedPart<U256> longs;

  ~ClassedPiece() { wipe(units); }
  void reserve(std::size_t count) {
    units.reserve(count);
    shorts.reserve(count);
    longs.reserve(count);
  }
  void add(std::size_t index, const U256& s) {
    if ((s.w[1] | s.w[2] | s.w[3]) == 0 && s.w[0] <= 1) {
      if (s.w[0] == 1) units.push_back(static_cast<Term>(2 * index));
      return;
    }
    const U256 opposite = sub(Fr::modulus, s);
    const bool negative = opposite < s;
    const U256& m = negative ? opposite : s;
    const Term term = static_cast<Term>(2 * index + (negative ? 1 : 0));
    if ((m.w[1] | m.w[2] | m.w[3]) != 0 || m.w[0] >> Scalars::kShortBits != 0) {
      longs.terms.push_back(term);
      longs.magnitudes.push_back(m);
    } else if (m.w[0] == 1) {
      units.push_back(term);
    } else {
      shorts.terms.push_back(term);
      shorts.magnitudes.push_back(static_cast<u32>(m.w[0]));
    }
  }
};

/** Joins the terms of one class and takes their magnitudes to digits. */
template <class Magnitude>
void joinPieces(std::vector<ClassedPiece>& pieces, ClassedPart<Magnitude> ClassedPiece::*part, unsigned bits, unsigned threads,
                DigitTable& table) {
  std::vector<std::size_t> starts;
  std::size_t count = 0;
  for (const ClassedPiece& piece : pieces) {
    starts.push_back(count);
    count += (piece.*part).terms.size();
  }
  if (count == 0) return;
  table.form = Digits(bits, Digits::bestWidth(bits, count));
  table.terms = SecretArray<Term>::uninitialized(count);
  table.digits = SecretArray<std::int16_t>::uninitialized(count * table.form.windows());
  parallelTasks(threads, pieces.size(), [&](std::size_t p) {
    ClassedPart<Magnitude>& from = pieces[p].*part;
    std::copy(from.terms.begin(), from.terms.end(), table.terms.data() + starts[p]);
    for (unsigned w = 0; w < table.form.windows(); w++) {
      std::int16_t* to = table.digits.data() + w * count + starts[p];
      for (std::size_t i = 0; i < from.magnitudes.size(); i++) {
        to[i] = static_cast<std::int16_t>(table.form.digit(from.magnitudes[i], w));
      }
    }
    from.clear();
  });
}

/**
 * @param bytes canonical integers less than r, 32 bytes each, little endian
 * @param count less than kMaxScalars
 */
inline Scalars classify(const u8* bytes, std::size_t count, unsigned threads) {
  constexpr std::size_t kPiece = std::size_t{1} << 14;
  std::vector<ClassedPiece> pieces((count + kPiece - 1) / kPiece);
  parallelFor(threads, count, kPiece, [&](std::size_t begin, std::size_t end) {
    ClassedPiece& piece = pieces[begin / kPiece];
    piece.reserve(end - begin);
    for (std::size_t i = begin; i < end; i++) {
      U256 s;
      std::memcpy(&s, bytes + 32 * i, 32);
      piece.add(i, s);
    }
  });
  Scalars all;
  std::size_t units = 0;
  for (const ClassedPiece& piece : pieces) units += piece.units.size();
  all.units = SecretArray<Term>::uninitialized(units);
  Term* next = all.units.data();
  for (const ClassedPiece& piece : pieces) next = std::copy(piece.units.begin(), piece.units.end(), next);
  joinPieces(pieces, &ClassedPiece::shorts, Scalars::kShortBits, threads, all.shorts);
  joinPieces(pieces, &ClassedPiece::longs, Scalars::kLongBits, threads, all.longs);
  return all;
}

}  // namespace zk
