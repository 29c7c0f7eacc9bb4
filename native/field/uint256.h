/** 256-bit integers: four words, least significant first. */
#pragma once

#include "../support/types.h"

namespace zk {

struct U256 {
  u64 w[4];

  constexpr bool operator==(const U256&) const = default;
  constexpr bool isZero() const { return (w[0] | w[1] | w[2] | w[3]) == 0; }
  constexpr bool bit(unsigned i) const { return (w[i / 64] >> (i % 64)) & 1; }

  /** Bits above and including the most significant one; 0 for 0. */
  constexpr unsigned bitLength() const {
    for (int i = 3; i >= 0; i--) {
      if (w[i] != 0) return 64u * static_cast<unsigned>(i) + 64u - static_cast<unsigned>(__builtin_clzll(w[i]));
    }
    return 0;
  }

  /** `count` bits (at most 32) from bit `from` on; bits beyond the end are 0. */
  constexpr u32 bits(unsigned from, unsigned count) const {
    if (from >= 256) return 0;
    const unsigned word = from / 64, shift = from % 64;
    u64 value = w[word] >> shift;
    if (shift + count > 64 && word < 3) value |= w[word + 1] << (64 - shift);
    return static_cast<u32>(value & ((u64{1} << count) - 1));
  }
};

constexpr bool operator<(const U256& a, const U256& b) {
  u64 borrow = 0;
  for (int i = 0; i < 4; i++) (void)subBorrow(a.w[i], b.w[i], borrow);
  return borrow != 0;
}

/** a + b mod 2^256. */
constexpr U256 add(const U256& a, const U256& b, u64* carryOut = nullptr) {
  U256 r{};
  u64 carry = 0;
  for (int i = 0; i < 4; i++) r.w[i] = addCarry(a.w[i], b.w[i], carry);
  if (carryOut != nullptr) *carryOut = carry;
  return r;
}

/** a - b mod 2^256. */
constexpr U256 sub(const U256& a, const U256& b, u64* borrowOut = nullptr) {
  U256 r{};
  u64 borrow = 0;
  for (int i = 0; i < 4; i++) r.w[i] = subBorrow(a.w[i], b.w[i], borrow);
  if (borrowOut != nullptr) *borrowOut = borrow;
  return r;
}

/** a / 2, with `high` as the new top bit. */
constexpr U256 half(const U256& a, u64 high = 0) {
  return {{(a.w[0] >> 1) | (a.w[1] << 63), (a.w[1] >> 1) | (a.w[2] << 63), (a.w[2] >> 1) | (a.w[3] << 63),
           (a.w[3] >> 1) | (high << 63)}};
}

/** From words, most significant first, as numbers are written. */
constexpr U256 u256(u64 w3, u64 w2, u64 w1, u64 w0) { return {{w0, w1, w2, w3}}; }

}  // namespace zk
