/** Montgomery product for x86-64 with BMI2 and ADX: two carry chains at a time (Intel, "New Instructions Supporting Large Integer Arithmetic"). */
#pragma once

#include "uint256.h"

namespace zk {

/** t, less p where it is not less. */
inline U256 reduceAsm(u64 t0, u64 t1, u64 t2, u64 t3, const u64 p[4]) {
  u64 s0 = t0, s1 = t1, s2 = t2, s3 = t3;
  __asm__(
      "subq 0(%[p]), %[s0]\n\t"
      "sbbq 8(%[p]), %[s1]\n\t"
      "sbbq 16(%[p]), %[s2]\n\t"
      "sbbq 24(%[p]), %[s3]\n\t"
      "cmovcq %[t0], %[s0]\n\t"
      "cmovcq %[t1], %[s1]\n\t"
      "cmovcq %[t2], %[s2]\n\t"
      "cmovcq %[t3], %[s3]\n\t"
      : [s0] "+&r"(s0), [s1] "+&r"(s1), [s2] "+&r"(s2), [s3] "+&r"(s3)
      : [t0] "r"(t0), [t1] "r"(t1), [t2] "r"(t2), [t3] "r"(t3), [p] "r"(p), "m"(*(const u64(*)[4])p)
      : "cc");
  return {{s0, s1, s2, s3}};
}

/** a b / 2^256 mod p, canonical for canonical a, b. p has at most 255 bits; n0 = -1/p mod 2^64. */
inline U256 mulAdx(const u64 a[4], const u64 b[4], const u64 p[4], u64 n0) {
  u64 t0, t1, t2, t3, hi, lo;
// t += a b_i, then t = (t + m p) / 2^64 with m = t_0 n0. The words never overflow, since p has a spare bit.
#define ZK_ROUND(offset)                 \
  "movq " #offset "(%[b]), %%rdx\n\t"    \
  "xorl %k[lo], %k[lo]\n\t"              \
  "mulxq 0(%[a]), %[lo], %[hi]\n\t"      \
  "adoxq %[lo], %[t0]\n\t"               \
  "adcxq %[hi], %[t1]\n\t"               \
  "mulxq 8(%[a]), %[lo], %[hi]\n\t"      \
  "adoxq %[lo], %[t1]\n\t"               \
  "adcxq %[hi], %[t2]\n\t"               \
  "mulxq 16(%[a]), %[lo], %[hi]\n\t"     \
  "adoxq %[lo], %[t2]\n\t"               \
  "adcxq %[hi], %[t3]\n\t"               \
  "mulxq 24(%[a]), %[lo], %[hi]\n\t"     \
  "adoxq %[lo], %[t3]\n\t"               \
  "movl $0, %k[lo]\n\t"                  \
  "adcxq %[lo], %[hi]\n\t"               \
  "adoxq %[lo], %[hi]\n\t"               \
  ZK_REDUCE
#define ZK_REDUCE                        \
  "movq %[n0], %%rdx\n\t"                \
  "imulq %[t0], %%rdx\n\t"               \
  "movq %[hi], %%r8\n\t"                 \
  "xorl %k[lo], %k[lo]\n\t"              \
  "mulxq 0(%[p]), %[lo], %[hi]\n\t"      \
  "adcxq %[t0], %[lo]\n\t"               \
  "movq %[hi], %[t0]\n\t"                \
  "adcxq %[t1], %[t0]\n\t"               \
  "mulxq 8(%[p]), %[lo], %[t1]\n\t"      \
  "adoxq %[lo], %[t0]\n\t"               \
  "adcxq %[t2], %[t1]\n\t"               \
  "mulxq 16(%[p]), %[lo], %[t2]\n\t"     \
  "adoxq %[lo], %[t1]\n\t"               \
  "adcxq %[t3], %[t2]\n\t"               \
  "mulxq 24(%[p]), %[lo], %[t3]\n\t"     \
  "adoxq %[lo], %[t2]\n\t"               \
  "movl $0, %k[lo]\n\t"                  \
  "adcxq %[lo], %[t3]\n\t"               \
  "adoxq %%r8, %[t3]\n\t"
  __asm__(
      "movq 0(%[b]), %%rdx\n\t"
      "xorl %k[lo], %k[lo]\n\t"
      "mulxq 0(%[a]), %[t0], %[t1]\n\t"
      "mulxq 8(%[a]), %[lo], %[t2]\n\t"
      "adcxq %[lo], %[t1]\n\t"
      "mulxq 16(%[a]), %[lo], %[t3]\n\t"
      "adcxq %[lo], %[t2]\n\t"
      "mulxq 24(%[a]), %[lo], %[hi]\n\t"
      "adcxq %[lo], %[t3]\n\t"
      "movl $0, %k[lo]\n\t"
      "adcxq %[lo], %[hi]\n\t"
      ZK_REDUCE
      ZK_ROUND(8)
      ZK_ROUND(16)
      ZK_ROUND(24)
      : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [hi] "=&r"(hi), [lo] "=&r"(lo)
      : [a] "r"(a), [b] "r"(b), [p] "r"(p), [n0] "rm"(n0), "m"(*(const u64(*)[4])a), "m"(*(const u64(*)[4])b),
        "m"(*(const u64(*)[4])p)
      : "rdx", "r8", "cc");
#undef ZK_ROUND
#undef ZK_REDUCE
  return reduceAsm(t0, t1, t2, t3, p);
}

}  // namespace zk
