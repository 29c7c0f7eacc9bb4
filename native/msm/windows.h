/**
 * Pippenger's bucket method with signed digits (Bernstein, Doumen, Lange, Oosterwijk, "Faster batch forgery identification", 2012, section 4),
 * cut into tasks that threads do in any order. Buckets are summed, and weighted, by batched affine additions alone.
 */
#pragma once

#include <memory>

#include "../curve/segment-sum.h"
#include "../support/control.h"
#include "bases.h"
#include "scalars.h"

namespace zk {

/** Signed digits of c bits: digit w of m lies in [-2^(c-1), 2^(c-1)], the sum of digit_w 2^(c w) is m. */
class Digits {
 public:
  /** @param bits of the magnitudes @param c at most 16 */
  Digits(unsigned bits, unsigned c) : c_(c), windows_((bits + c) / c), offset_{} {
    // Digits of m + offset, less half each: no carries. The highest one stays unsigned; it has a spare bit.
    for (unsigned w = 0; w + 1 < windows_; w++) {
      const unsigned bit = c * w + c - 1;
      offset_.w[bit / 64] |= u64{1} << (bit % 64);
    }
  }
  unsigned windows() const { return windows_; }
  /** Digits are at most this. */
  u32 highest() const { return u32{1} << (c_ - 1); }
  std::int32_t digit(const U256& m, unsigned w) const {
    const std::int32_t value = static_cast<std::int32_t>(add(m, offset_).bits(c_ * w, c_));
    return w + 1 < windows_ ? value - static_cast<std::int32_t>(highest()) : value;
  }
  std::int32_t digit(u32 m, unsigned w) const {
    const u64 bits = ((m + offset_.w[0]) >> (c_ * w)) & ((u64{1} << c_) - 1);
    const std::int32_t value = static_cast<std::int32_t>(bits);
    return w + 1 < windows_ ? value - static_cast<std::int32_t>(highest()) : value;
  }

  /** The width with the fewest additions: every window adds each of its points and twice each of its buckets. */
  static unsigned bestWidth(unsigned bits, std::size_t count) {
    unsigned best = 1;
    double least = 1e300;
    for (unsigned c = 2; c <= 16; c++) {
      const double windows = (bits + c) / c;
      const double cost = windows * (static_cast<double>(count) + 2.3 * static_cast<double>(u32{1} << (c - 1)) + 100);
      if (cost < least) {
        least = cost;
        best = c;
      }
    }
    return best;
  }

 private:
  unsigned c_, windows_;
  U256 offset_;
};

/** Additions at a time on one thread, reused by all its tasks. */
template <class F>
SegmentSum<F>& threadSums() {
  static thread_local std::unique_ptr<SegmentSum<F>> sums;
  if (!sums) sums = std::make_unique<SegmentSum<F>>();
  return *sums;
}

/** The sum of i P_i over a table of buckets: bucket i at buckets[i], bucket 0 does not count. */
template <class F>
Xyzz<F> weightedSum(const std::vector<Affine<F>>& buckets) {
  // i = rows * columns split: sum over rows of row * width * (its points) + sum over columns of column * (its points).
  const std::size_t count = buckets.size();
  std::size_t width = 1;
  while (width * width < count) width *= 2;
  const std::size_t height = (count + width - 1) / width;
  std::vector<Affine<F>> rows(height), columns(width);
  SegmentSum<F>& sums = threadSums<F>();
  const auto put = [&](std::size_t i) {
    if (!buckets[i].isInfinity()) sums.add(tagged(&buckets[i]));
  };
  for (std::size_t row = 1; row < height; row++) {
    sums.begin(&rows[row]);
    for (std::size_t i = row * width; i < std::min(count, (row + 1) * width); i++) put(i);
  }
  for (std::size_t column = 1; column < width; column++) {
    sums.begin(&columns[column]);
    for (std::size_t i = column; i < count; i += width) put(i);
  }
  sums.finish();
  const auto running = [](const std::vector<Affine<F>>& points) {
    Xyzz<F> run = Xyzz<F>::infinity(), total = Xyzz<F>::infinity();
    for (std::size_t i = points.size(); i-- > 1;) {
      run += points[i];
      total += run;
    }
    return total;
  };
  Xyzz<F> total = running(rows);
  for (std::size_t w = width; w > 1; w /= 2) total = total.doubled();
  return total + running(columns);
}

/**
 * One window over the buckets of digits in (low, high]: the sum of |digit| * (+-point).
 * @param digitOf (i) gives the digit of term i
 */
template <class F, class DigitOf>
Xyzz<F> windowSum(const Bases<F>& bases, const std::vector<Term>& terms, u32 low, u32 high, DigitOf&& digitOf,
                  const Control& control) {
  // A counting sort of the terms by bucket.
  std::vector<u32> start(high - low + 2, 0);
  std::vector<std::int32_t> digits(terms.size());
  for (std::size_t i = 0; i < terms.size(); i++) {
    const std::int32_t digit = digitOf(i);
    const u32 size = static_cast<u32>(digit < 0 ? -digit : digit);
    const bool counts = size > low && size <= high && bases.contains(terms[i] >> 1);
    digits[i] = counts ? digit : 0;
    if (counts) start[size - low + 1]++;
  }
  for (std::size_t b = 1; b < start.size(); b++) start[b] += start[b - 1];
  std::vector<Term> sorted(start.back());
  {
    std::vector<u32> at(start);
    for (std::size_t i = 0; i < terms.size(); i++) {
      const std::int32_t digit = digits[i];
      if (digit == 0) continue;
      const u32 size = static_cast<u32>(digit < 0 ? -digit : digit);
      sorted[at[size - low]++] = terms[i] ^ static_cast<Term>(digit < 0 ? 1 : 0);
    }
  }
  digits = {};
  control.check();

  std::vector<Affine<F>> buckets(high - low + 1);
  SegmentSum<F>& sums = threadSums<F>();
  Affine<F> all;
  for (u32 b = 1; b <= high - low; b++) {
    sums.begin(&buckets[b]);
    for (u32 i = start[b]; i < start[b + 1]; i++) sums.add(bases.at(sorted[i] >> 1, (sorted[i] & 1) != 0));
  }
  sums.finish();
  control.check();
  Xyzz<F> total = weightedSum(buckets);
  if (low == 0) return total;
  sums.begin(&all);
  for (u32 b = 1; b <= high - low; b++) sums.add(tagged(&buckets[b]));
  sums.finish();
  return total + multiply(all, u256(0, 0, 0, low));
}

}  // namespace zk
