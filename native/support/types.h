/** Integers and small helpers that everything here uses. */
#pragma once

#include <cstddef>
#include <cstdint>

namespace zk {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i64 = std::int64_t;
__extension__ typedef unsigned __int128 u128;

/** lo + a * b + carry; carry receives the high word. Never overflows. */
constexpr u64 mulAdd(u64 lo, u64 a, u64 b, u64& carry) {
  const u128 t = static_cast<u128>(a) * b + lo + carry;
  carry = static_cast<u64>(t >> 64);
  return static_cast<u64>(t);
}

/** a + b + carry; carry receives 0 or 1. */
constexpr u64 addCarry(u64 a, u64 b, u64& carry) {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(ZK_GENERIC)
  if (!__builtin_is_constant_evaluated()) {
    unsigned long long sum;
    carry = __builtin_ia32_addcarryx_u64(static_cast<unsigned char>(carry), a, b, &sum);
    return sum;
  }
#endif
  const u128 t = static_cast<u128>(a) + b + carry;
  carry = static_cast<u64>(t >> 64);
  return static_cast<u64>(t);
}

/** a - b - borrow; borrow receives 0 or 1. */
constexpr u64 subBorrow(u64 a, u64 b, u64& borrow) {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(ZK_GENERIC)
  if (!__builtin_is_constant_evaluated()) {
    unsigned long long difference;
    borrow = __builtin_ia32_sbb_u64(static_cast<unsigned char>(borrow), a, b, &difference);
    return difference;
  }
#endif
  const u128 t = static_cast<u128>(a) - b - borrow;
  borrow = static_cast<u64>(t >> 64) & 1;
  return static_cast<u64>(t);
}

}  // namespace zk
