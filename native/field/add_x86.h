/** Modular sums and differences of four words for x86-64: the carry chains that compilers do not find. */
#pragma once

#include "uint256.h"

namespace zk {

/** a + b mod p for a, b less than p, which has at most 255 bits. */
inline U256 addModX86(const u64 a[4], const u64 b[4], const u64 p[4]) {
  u64 s0 = a[0], s1 = a[1], s2 = a[2], s3 = a[3], d0, d1, d2, d3;
  __asm__(
      "addq %[b0], %[s0]\n\t"
      "adcq %[b1], %[s1]\n\t"
      "adcq %[b2], %[s2]\n\t"
      "adcq %[b3], %[s3]\n\t"
      "movq %[s0], %[d0]\n\t"
      "movq %[s1], %[d1]\n\t"
      "movq %[s2], %[d2]\n\t"
      "movq %[s3], %[d3]\n\t"
      "subq %[p0], %[d0]\n\t"
      "sbbq %[p1], %[d1]\n\t"
      "sbbq %[p2], %[d2]\n\t"
      "sbbq %[p3], %[d3]\n\t"
      "cmovncq %[d0], %[s0]\n\t"
      "cmovncq %[d1], %[s1]\n\t"
      "cmovncq %[d2], %[s2]\n\t"
      "cmovncq %[d3], %[s3]\n\t"
      : [s0] "+&r"(s0), [s1] "+&r"(s1), [s2] "+&r"(s2), [s3] "+&r"(s3), [d0] "=&r"(d0), [d1] "=&r"(d1), [d2] "=&r"(d2),
        [d3] "=&r"(d3)
      : [b0] "m"(b[0]), [b1] "m"(b[1]), [b2] "m"(b[2]), [b3] "m"(b[3]), [p0] "m"(p[0]), [p1] "m"(p[1]), [p2] "m"(p[2]),
        [p3] "m"(p[3])
      : "cc");
  return {{s0, s1, s2, s3}};
}

/** a - b mod p for a, b less than p. */
inline U256 subModX86(const u64 a[4], const u64 b[4], const u64 p[4]) {
  u64 s0 = a[0], s1 = a[1], s2 = a[2], s3 = a[3], d0, d1, d2, d3;
  __asm__(
      "subq %[b0], %[s0]\n\t"
      "sbbq %[b1], %[s1]\n\t"
      "sbbq %[b2], %[s2]\n\t"
      "sbbq %[b3], %[s3]\n\t"
      "movl $0, %k[d0]\n\t"
      "movl $0, %k[d1]\n\t"
      "movl $0, %k[d2]\n\t"
      "movl $0, %k[d3]\n\t"
      "cmovcq %[p0], %[d0]\n\t"
      "cmovcq %[p1], %[d1]\n\t"
      "cmovcq %[p2], %[d2]\n\t"
      "cmovcq %[p3], %[d3]\n\t"
      "addq %[d0], %[s0]\n\t"
      "adcq %[d1], %[s1]\n\t"
      "adcq %[d2], %[s2]\n\t"
      "adcq %[d3], %[s3]\n\t"
      : [s0] "+&r"(s0), [s1] "+&r"(s1), [s2] "+&r"(s2), [s3] "+&r"(s3), [d0] "=&r"(d0), [d1] "=&r"(d1), [d2] "=&r"(d2),
        [d3] "=&r"(d3)
      : [b0] "m"(b[0]), [b1] "m"(b[1]), [b2] "m"(b[2]), [b3] "m"(b[3]), [p0] "m"(p[0]), [p1] "m"(p[1]), [p2] "m"(p[2]),
        [p3] "m"(p[3])
      : "cc");
  return {{s0, s1, s2, s3}};
}

}  // namespace zk
