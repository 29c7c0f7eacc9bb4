/**
 * Points as snarkjs hashes them: big-endian coordinates that are plain integers, the part of u first in Fq2. Uncompressed: x and y, infinity
 * all zero. Compressed: x alone, with 0x80 in the first byte where y is negative (greater than (q - 1) / 2), infinity as 0x40 and zeros.
 */
#pragma once

#include <vector>

#include "../support/blake2b.h"
#include "../support/threads.h"
#include "points.h"

namespace zk {

inline void storeBigEndian(u8* out, const Fq& x) {
  const U256 value = x.integer();
  for (int i = 0; i < 4; i++) {
    const u64 word = __builtin_bswap64(value.w[3 - i]);
    std::memcpy(out + 8 * i, &word, 8);
  }
}
inline void storeBigEndian(u8* out, const Fq2& x) {
  storeBigEndian(out, x.b);
  storeBigEndian(out + 32, x.a);
}

inline bool isNegative(const Fq& x) {
  constexpr U256 half1 = half(Fq::modulus);
  return half1 < x.integer();
}
inline bool isNegative(const Fq2& x) { return x.b.isZero() ? isNegative(x.a) : isNegative(x.b); }

enum class Encoding { compressed, uncompressed };

template <Encoding encoding, class F>
constexpr std::size_t encodedBytes = encoding == Encoding::compressed ? sizeof(F) : 2 * sizeof(F);

/** Writes encodedBytes bytes. */
template <Encoding encoding, class F>
void encodePoint(u8* out, const Affine<F>& p) {
  if (p.isInfinity()) {
    std::memset(out, 0, encodedBytes<encoding, F>);
    if (encoding == Encoding::compressed) out[0] = 0x40;
    return;
  }
  storeBigEndian(out, p.x);
  if constexpr (encoding == Encoding::uncompressed) {
    storeBigEndian(out + sizeof(F), p.y);
  } else if (isNegative(p.y)) {
    out[0] |= 0x80;
  }
}

template <class F>
void hashPoint(Blake2b& hash, const Affine<F>& p) {
  u8 bytes[2 * sizeof(F)];
  encodePoint<Encoding::uncompressed>(bytes, p);
  hash.update(bytes, sizeof bytes);
}

/** Hashes `count` points, as files hold them, in an encoding. */
template <Encoding encoding, class F>
void hashPoints(Blake2b& hash, const u8* points, std::size_t count, unsigned threads) {
  constexpr std::size_t piece = 1 << 14, size = encodedBytes<encoding, F>;
  std::vector<u8> encoded(std::min(count, piece) * size);
  for (std::size_t begin = 0; begin < count; begin += piece) {
    const std::size_t end = std::min(count, begin + piece);
    parallelFor(threads, end - begin, 1 << 10, [&](std::size_t from, std::size_t to) {
      for (std::size_t i = from; i < to; i++) {
        encodePoint<encoding>(encoded.data() + i * size, Affine<F>::load(points + (begin + i) * Affine<F>::kBytes));
      }
    });
    hash.update(encoded.data(), (end - begin) * size);
  }
}

}  // namespace zk
