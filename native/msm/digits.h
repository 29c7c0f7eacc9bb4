/** Signed digits of scalars. */
#pragma once

#include "../field/uint256.h"

namespace zk {

/** Signed digits of c bits: digit w of m lies in [-2^(c-1), 2^(c-1)], the sum of digit_w 2^(c w) is m. */
class Digits {
 public:
  /** @param bits of the magnitudes @param c from 2 to 16 */
  Digits(unsigned bits, unsigned c) : c_(c), windows_((bits + c) / c), offset_{} {
    // Digits of m + offset, less half each: no carries. The highest one stays unsigned; it has a spare bit.
    for (unsigned w = 0; w + 1 < windows_; w++) {
      const unsigned bit = c * w + c - 1;
      offset_.w[bit / 64] |= u64{1} << (bit % 64);
    }
  }
  unsigned width() const { return c_; }
  unsigned windows() const { return windows_; }
  /** No digit is larger. */
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

}  // namespace zk
