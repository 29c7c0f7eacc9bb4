/** SHA-256 of 32 bytes (FIPS 180-4), again and again: what a beacon's value is made of. */
#pragma once

#include <array>
#include <bit>

#include "types.h"

namespace zk {

/** One block of compression. @param w the message schedule's first 16 words */
inline void sha256Block(std::array<u32, 8>& h, const std::array<u32, 16>& block) {
  static constexpr u32 k[64] = {
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
      0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
      0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
      0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
      0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
      0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
  u32 w[64];
  for (int i = 0; i < 16; i++) w[i] = block[i];
  for (int i = 16; i < 64; i++) {
    const u32 s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
    const u32 s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, last] = h;
  for (int i = 0; i < 64; i++) {
    const u32 t1 = last + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i];
    const u32 t2 = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    last = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  const std::array<u32, 8> sum = {a, b, c, d, e, f, g, last};
  for (int i = 0; i < 8; i++) h[i] += sum[i];
}

inline constexpr std::array<u32, 8> kSha256Start = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/** SHA-256 of up to 255 bytes, as words. */
inline std::array<u32, 8> sha256Short(const u8* data, std::size_t size) {
  u8 padded[320] = {};
  for (std::size_t i = 0; i < size; i++) padded[i] = data[i];
  padded[size] = 0x80;
  const std::size_t blocks = (size + 9 + 63) / 64;
  padded[64 * blocks - 2] = static_cast<u8>(size >> 5);
  padded[64 * blocks - 1] = static_cast<u8>(size << 3);
  std::array<u32, 8> h = kSha256Start;
  for (std::size_t i = 0; i < blocks; i++) {
    std::array<u32, 16> block;
    for (std::size_t j = 0; j < 16; j++) {
      const u8* at = padded + 64 * i + 4 * j;
      block[j] = static_cast<u32>(at[0]) << 24 | static_cast<u32>(at[1]) << 16 | static_cast<u32>(at[2]) << 8 | at[3];
    }
    sha256Block(h, block);
  }
  return h;
}

/** SHA-256 of a digest of SHA-256. */
inline std::array<u32, 8> sha256Again(const std::array<u32, 8>& digest) {
  std::array<u32, 16> block{};
  for (int i = 0; i < 8; i++) block[i] = digest[i];
  block[8] = 0x80000000;
  block[15] = 256;
  std::array<u32, 8> h = kSha256Start;
  sha256Block(h, block);
  return h;
}

}  // namespace zk
