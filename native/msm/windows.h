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

/** One window over the buckets of digits in (low, high]: the sum of |digit| * (+-point). */
template <class F>
Xyzz<F> windowSum(const Bases<F>& bases, const DigitTable& table, unsigned window, u32 low, u32 high, const Control& control) {
  const SecretArray<Term>& terms = table.terms;
  const std::int16_t* const digits = table.window(window);
  const auto counts = [&](std::size_t i, u32& size) {
    const std::int32_t digit = digits[i];
    size = static_cast<u32>(digit < 0 ? -digit : digit);
    return size > low && size <= high && bases.contains(terms[i] >> 1);
  };
  // A counting sort of the terms by bucket.
  std::vector<u32> start(high - low + 2, 0);
  u32 size = 0;
  for (std::size_t i = 0; i < terms.size(); i++) {
    if (counts(i, size)) start[size - low + 1]++;
  }
  for (std::size_t b = 1; b < start.size(); b++) start[b] += start[b - 1];
  SecretArray<Term> sorted = SecretArray<Term>::uninitialized(start.back());
  {
    std::vector<u32> at(start);
    for (std::size_t i = 0; i < terms.size(); i++) {
      if (counts(i, size)) sorted[at[size - low]++] = terms[i] ^ static_cast<Term>(digits[i] < 0 ? 1 : 0);
    }
  }
  control.check();

  std::vector<Affine<F>> buckets(high - low + 1);
  SegmentSum<F>& sums = threadSums<F>();
  for (u32 b = 1; b <= high - low; b++) {
    sums.begin(&buckets[b]);
    for (u32 i = start[b]; i < start[b + 1]; i++) sums.add(bases.at(sorted[i] >> 1, (sorted[i] & 1) != 0));
  }
  sums.finish();
  control.check();
  const Xyzz<F> total = weightedSum(buckets);
  if (low == 0) return total;
  Affine<F> all;
  sums.begin(&all);
  for (u32 b = 1; b <= high - low; b++) sums.add(tagged(&buckets[b]));
  sums.finish();
  return total + multiply(all, u256(0, 0, 0, low));
}

}  // namespace zk
