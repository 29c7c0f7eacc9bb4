/** BLAKE2b with 64 bytes of digest and no key (RFC 7693). */
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>

#include "error.h"
#include "types.h"

namespace zk {

static_assert(std::endian::native == std::endian::little, "file formats and hashes are read and written as they lie in memory");

using Digest = std::array<u8, 64>;

class Blake2b {
 public:
  /** Of an unfinished hash, as blake2b-wasm lays it out and as .ptau files hold it: block, state, bytes compressed, bytes in the block. */
  static constexpr std::size_t kStateBytes = 216;
  using State = std::array<u8, kStateBytes>;

  Blake2b() : h_(kIv) { h_[0] ^= 0x01010000 ^ 64; }

  void update(const void* data, std::size_t size) {
    const u8* at = static_cast<const u8*>(data);
    while (size > 0) {
      // A full block waits until more comes: the last one is compressed in another way.
      if (filled_ == kBlock) flushBlock(block_.data());
      if (filled_ == 0) {
        for (; size > kBlock; at += kBlock, size -= kBlock) {
          filled_ = kBlock;
          flushBlock(at);
        }
      }
      const std::size_t count = std::min(size, kBlock - filled_);
      std::memcpy(block_.data() + filled_, at, count);
      filled_ += count;
      at += count;
      size -= count;
    }
  }
  void update(std::span<const u8> data) { update(data.data(), data.size()); }
  /** Four bytes, most significant first. */
  void updateU32(u32 value) {
    const u8 bytes[4] = {static_cast<u8>(value >> 24), static_cast<u8>(value >> 16), static_cast<u8>(value >> 8),
                         static_cast<u8>(value)};
    update(bytes, 4);
  }

  /** Of everything so far; more can follow. */
  Digest digest() const {
    Blake2b last = *this;
    std::memset(last.block_.data() + filled_, 0, kBlock - filled_);
    last.length_ += filled_;
    last.compress(last.block_.data(), true);
    Digest out;
    std::memcpy(out.data(), last.h_.data(), 64);
    return out;
  }

  State state() const {
    State out{};
    std::memcpy(out.data(), block_.data(), filled_);
    std::memcpy(out.data() + 128, h_.data(), 64);
    const u64 filled = filled_;
    std::memcpy(out.data() + 192, &length_, 8);
    std::memcpy(out.data() + 200, &filled, 8);
    return out;
  }
  /** @throws Error ARTIFACT_FORMAT when more than a block is said to wait */
  static Blake2b fromState(std::span<const u8, kStateBytes> state) {
    Blake2b hash;
    u64 filled;
    std::memcpy(hash.h_.data(), state.data() + 128, 64);
    std::memcpy(&hash.length_, state.data() + 192, 8);
    std::memcpy(&filled, state.data() + 200, 8);
    if (filled > kBlock) throw damaged("the state of a hash is invalid");
    hash.filled_ = static_cast<std::size_t>(filled);
    std::memcpy(hash.block_.data(), state.data(), hash.filled_);
    return hash;
  }

 private:
  static constexpr std::size_t kBlock = 128;
  static constexpr std::array<u64, 8> kIv = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                                             0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
  static constexpr u8 kSigma[10][16] = {
      {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
      {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
      {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
      {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
      {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

  std::array<u64, 8> h_;
  std::array<u8, kBlock> block_{};
  u64 length_ = 0;
  std::size_t filled_ = 0;

  void flushBlock(const u8* block) {
    length_ += kBlock;
    compress(block, false);
    filled_ = 0;
  }

  static void mix(u64& a, u64& b, u64& c, u64& d, u64 x, u64 y) {
    a = a + b + x;
    d = std::rotr(d ^ a, 32);
    c = c + d;
    b = std::rotr(b ^ c, 24);
    a = a + b + y;
    d = std::rotr(d ^ a, 16);
    c = c + d;
    b = std::rotr(b ^ c, 63);
  }
  template <int round>
  static void mixRound(u64* v, const u64* m) {
    constexpr const u8* s = kSigma[round % 10];
    mix(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);
    mix(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
    mix(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);
    mix(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
    mix(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);
    mix(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
    mix(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);
    mix(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
  }
  void compress(const u8* block, bool isLast) {
    u64 m[16], v[16];
    std::memcpy(m, block, kBlock);
    std::copy(h_.begin(), h_.end(), v);
    std::copy(kIv.begin(), kIv.end(), v + 8);
    v[12] ^= length_;
    if (isLast) v[14] = ~v[14];
    mixRound<0>(v, m);
    mixRound<1>(v, m);
    mixRound<2>(v, m);
    mixRound<3>(v, m);
    mixRound<4>(v, m);
    mixRound<5>(v, m);
    mixRound<6>(v, m);
    mixRound<7>(v, m);
    mixRound<8>(v, m);
    mixRound<9>(v, m);
    mixRound<10>(v, m);
    mixRound<11>(v, m);
    for (int i = 0; i < 8; i++) h_[i] ^= v[i] ^ v[i + 8];
  }
};

}  // namespace zk
