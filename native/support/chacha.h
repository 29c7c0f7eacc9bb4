/** The stream of numbers that snarkjs draws from a seed: ChaCha20's blocks (RFC 8439, 2.3), the last four words a 128-bit counter from 0 on. */
#pragma once

#include <array>
#include <bit>

#include "types.h"

namespace zk {

class ChaCha {
 public:
  /** @param seed eight words, each of four bytes, most significant first; as snarkjs reads them from hashes */
  explicit ChaCha(const u8 seed[32]) : state_{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574} {
    for (int i = 0; i < 8; i++) {
      const u8* at = seed + 4 * i;
      state_[4 + i] = static_cast<u32>(at[0]) << 24 | static_cast<u32>(at[1]) << 16 | static_cast<u32>(at[2]) << 8 | at[3];
    }
  }

  u32 nextU32() {
    if (used_ == 16) refill();
    return block_[used_++];
  }
  u64 nextU64() {
    const u64 high = nextU32();
    return high << 32 | nextU32();
  }
  bool nextBool() { return (nextU32() & 1) == 1; }

 private:
  std::array<u32, 16> state_{};
  std::array<u32, 16> block_{};
  int used_ = 16;

  static void quarterRound(u32& a, u32& b, u32& c, u32& d) {
    a += b;
    d = std::rotl(d ^ a, 16);
    c += d;
    b = std::rotl(b ^ c, 12);
    a += b;
    d = std::rotl(d ^ a, 8);
    c += d;
    b = std::rotl(b ^ c, 7);
  }
  void refill() {
    std::array<u32, 16> s = state_;
    for (int i = 0; i < 10; i++) {
      quarterRound(s[0], s[4], s[8], s[12]);
      quarterRound(s[1], s[5], s[9], s[13]);
      quarterRound(s[2], s[6], s[10], s[14]);
      quarterRound(s[3], s[7], s[11], s[15]);
      quarterRound(s[0], s[5], s[10], s[15]);
      quarterRound(s[1], s[6], s[11], s[12]);
      quarterRound(s[2], s[7], s[8], s[13]);
      quarterRound(s[3], s[4], s[9], s[14]);
    }
    for (int i = 0; i < 16; i++) block_[i] = s[i] + state_[i];
    used_ = 0;
    for (int i = 12; i < 16; i++) {
      if (++state_[i] != 0) break;
    }
  }
};

}  // namespace zk
