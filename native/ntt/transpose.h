/** Transpositions of vectors: eight elements to limbs and back, and 8 x 8 words. */
#pragma once

#if defined(ZK_IFMA)

#include "../field/fp8.h"

namespace zk {

/** Eight elements of four words to four vectors of eight words. */
inline void wordsOf(const U256 x[8], Vec w[4]) {
  Vec v[4];
  for (int i = 0; i < 4; i++) v[i] = _mm512_loadu_si512(reinterpret_cast<const u8*>(x) + 64 * i);
  // Words 0 and 1, 2 and 3 of two elements each; then of four; then of eight.
  const Vec first = _mm512_setr_epi64(0, 4, 8, 12, 1, 5, 9, 13), second = _mm512_setr_epi64(2, 6, 10, 14, 3, 7, 11, 15);
  const Vec a = _mm512_permutex2var_epi64(v[0], first, v[1]), b = _mm512_permutex2var_epi64(v[2], first, v[3]);
  const Vec c = _mm512_permutex2var_epi64(v[0], second, v[1]), d = _mm512_permutex2var_epi64(v[2], second, v[3]);
  w[0] = _mm512_shuffle_i64x2(a, b, 0x44);
  w[1] = _mm512_shuffle_i64x2(a, b, 0xee);
  w[2] = _mm512_shuffle_i64x2(c, d, 0x44);
  w[3] = _mm512_shuffle_i64x2(c, d, 0xee);
}

/** The inverse of wordsOf. */
inline void elementsOf(const Vec w[4], U256 x[8]) {
  const Vec a = _mm512_shuffle_i64x2(w[0], w[1], 0x44), b = _mm512_shuffle_i64x2(w[0], w[1], 0xee);
  const Vec c = _mm512_shuffle_i64x2(w[2], w[3], 0x44), d = _mm512_shuffle_i64x2(w[2], w[3], 0xee);
  const Vec low = _mm512_setr_epi64(0, 4, 8, 12, 1, 5, 9, 13), high = _mm512_setr_epi64(2, 6, 10, 14, 3, 7, 11, 15);
  const Vec v[4] = {_mm512_permutex2var_epi64(a, low, c), _mm512_permutex2var_epi64(a, high, c),
                    _mm512_permutex2var_epi64(b, low, d), _mm512_permutex2var_epi64(b, high, d)};
  for (int i = 0; i < 4; i++) _mm512_storeu_si512(reinterpret_cast<u8*>(x) + 64 * i, v[i]);
}

/** Word j of vector i and word i of vector j change places. */
inline void transpose(Vec v[8]) {
  Vec t[8], u[8];
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm512_unpacklo_epi64(v[i], v[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi64(v[i], v[i + 1]);
  }
  // Pairs of words as units now: 4 x 4 of them in vectors of the same parity.
#pragma GCC unroll 2
  for (int i = 0; i < 2; i++) {
    u[i] = _mm512_shuffle_i64x2(t[i], t[i + 2], 0x88);
    u[i + 2] = _mm512_shuffle_i64x2(t[i], t[i + 2], 0xdd);
    u[i + 4] = _mm512_shuffle_i64x2(t[i + 4], t[i + 6], 0x88);
    u[i + 6] = _mm512_shuffle_i64x2(t[i + 4], t[i + 6], 0xdd);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 2; i++) {
    v[i] = _mm512_shuffle_i64x2(u[i], u[i + 4], 0x88);
    v[i + 4] = _mm512_shuffle_i64x2(u[i], u[i + 4], 0xdd);
    v[i + 2] = _mm512_shuffle_i64x2(u[i + 2], u[i + 6], 0x88);
    v[i + 6] = _mm512_shuffle_i64x2(u[i + 2], u[i + 6], 0xdd);
  }
}

}  // namespace zk

#endif
