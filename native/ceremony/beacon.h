/** Randomness that nobody chose: a public value of the future, hashed so often that nobody could have tried many of them. */
#pragma once

#include <string>

#include "../support/control.h"
#include "../support/sha256.h"
#include "hash-to-group.h"

namespace zk {

/** SHA-256 applied 2^exponent times. @param value at most 255 bytes @throws Error ABORTED */
inline ChaCha randomOfBeacon(const std::string& value, unsigned exponent, const Control& control) {
  std::array<u32, 8> digest = sha256Short(reinterpret_cast<const u8*>(value.data()), value.size());
  const u64 count = u64{1} << exponent;
  constexpr u64 kCheck = 1 << 16;
  for (u64 i = 1; i < count; i++) {
    if (i % kCheck == 0) {
      control.check();
      control.advance(1);
    }
    digest = sha256Again(digest);
  }
  u8 seed[32];
  for (int i = 0; i < 8; i++) {
    for (int j = 0; j < 4; j++) seed[4 * i + j] = static_cast<u8>(digest[i] >> (24 - 8 * j));
  }
  return ChaCha(seed);
}

}  // namespace zk
