/**
 * Modular inversion by divsteps (Bernstein and Yang, "Fast constant-time gcd computation and modular inversion", 2019), 62 at a time on the
 * low words. In variable time: never of a secret that must not leak by timing.
 */
#pragma once

#include "uint256.h"

namespace zk {

namespace divsteps {

__extension__ typedef __int128 i128;

inline constexpr u64 kMask = (u64{1} << 62) - 1;

/** A signed integer: limbs of 62 bits, the last one with the sign. */
struct Signed62 {
  i64 l[5];
};

constexpr Signed62 signed62(const U256& x) {
  return {{static_cast<i64>(x.w[0] & kMask), static_cast<i64>(((x.w[0] >> 62) | (x.w[1] << 2)) & kMask),
           static_cast<i64>(((x.w[1] >> 60) | (x.w[2] << 4)) & kMask),
           static_cast<i64>(((x.w[2] >> 58) | (x.w[3] << 6)) & kMask), static_cast<i64>(x.w[3] >> 56)}};
}

/** Of a value in [0, 2^256). */
constexpr U256 unsigned256(const Signed62& x) {
  const u64 l0 = static_cast<u64>(x.l[0]), l1 = static_cast<u64>(x.l[1]), l2 = static_cast<u64>(x.l[2]),
            l3 = static_cast<u64>(x.l[3]), l4 = static_cast<u64>(x.l[4]);
  return {{l0 | (l1 << 62), (l1 >> 2) | (l2 << 60), (l2 >> 4) | (l3 << 58), (l3 >> 6) | (l4 << 56)}};
}

/** 2^62 (f, g) after 62 steps = ((u, v), (q, r)) (f, g); |u| + |v| and |q| + |r| are at most 2^62. */
struct Matrix {
  i64 u, v, q, r;
};

/** 62 divsteps on the low words of f (odd) and g. @param eta minus the paper's delta, before and after */
constexpr Matrix steps62(i64& eta, u64 f, u64 g) {
  u64 u = 1, v = 0, q = 0, r = 1;
  for (int left = 62;;) {
    const int zeros = __builtin_ctzll(g | (~u64{0} << left));
    g >>= zeros;
    u <<= zeros;
    v <<= zeros;
    eta -= zeros;
    left -= zeros;
    if (left == 0) break;
    // Both odd: w f is added to g so that up to 6 low bits vanish, no more than the steps until the next exchange or the end.
    u64 w = 0;
    if (eta < 0) {
      eta = -eta;
      u64 t = f;
      f = g;
      g = 0 - t;
      t = u;
      u = q;
      q = 0 - t;
      t = v;
      v = r;
      r = 0 - t;
      const i64 limit = eta + 1 < left ? eta + 1 : left;
      // f (f^2 - 2) = -1/f mod 64
      w = (f * g * (f * f - 2)) & (~u64{0} >> (64 - limit)) & 63;
    } else {
      const i64 limit = eta + 1 < left ? eta + 1 : left;
      // f + 8 [bit 2 of f + 1] = 1/f mod 16
      w = (0 - (f + (((f + 1) & 4) << 1)) * g) & (~u64{0} >> (64 - limit)) & 15;
    }
    g += f * w;
    q += u * w;
    r += v * w;
  }
  return {static_cast<i64>(u), static_cast<i64>(v), static_cast<i64>(q), static_cast<i64>(r)};
}

constexpr i128 product(i64 a, i64 b) { return static_cast<i128>(a) * b; }
constexpr i64 low62(i128 x) { return static_cast<i64>(static_cast<u64>(x) & kMask); }

/** (f, g) = matrix (f, g) / 2^62, exactly. @param length limbs in use */
constexpr void updateFg(int length, Signed62& f, Signed62& g, const Matrix& t) {
  i128 cf = (product(t.u, f.l[0]) + product(t.v, g.l[0])) >> 62, cg = (product(t.q, f.l[0]) + product(t.r, g.l[0])) >> 62;
  for (int i = 1; i < length; i++) {
    const i64 fi = f.l[i], gi = g.l[i];
    cf += product(t.u, fi) + product(t.v, gi);
    cg += product(t.q, fi) + product(t.r, gi);
    f.l[i - 1] = low62(cf);
    g.l[i - 1] = low62(cg);
    cf >>= 62;
    cg >>= 62;
  }
  f.l[length - 1] = static_cast<i64>(cf);
  g.l[length - 1] = static_cast<i64>(cg);
}

/** (d, e) = matrix (d, e) / 2^62 mod p. Both stay in (-2p, p). @param inverse 1/p mod 2^62 */
constexpr void updateDe(Signed62& d, Signed62& e, const Matrix& t, const Signed62& p, u64 inverse) {
  const i64 dSign = d.l[4] >> 63, eSign = e.l[4] >> 63;
  // Multiples of p: one where a factor is negative, and what makes the low limb vanish.
  i64 md = (t.u & dSign) + (t.v & eSign), me = (t.q & dSign) + (t.r & eSign);
  i128 cd = product(t.u, d.l[0]) + product(t.v, e.l[0]), ce = product(t.q, d.l[0]) + product(t.r, e.l[0]);
  md -= static_cast<i64>((inverse * static_cast<u64>(cd) + static_cast<u64>(md)) & kMask);
  me -= static_cast<i64>((inverse * static_cast<u64>(ce) + static_cast<u64>(me)) & kMask);
  cd = (cd + product(p.l[0], md)) >> 62;
  ce = (ce + product(p.l[0], me)) >> 62;
  for (int i = 1; i < 5; i++) {
    const i64 di = d.l[i], ei = e.l[i];
    cd += product(t.u, di) + product(t.v, ei) + product(p.l[i], md);
    ce += product(t.q, di) + product(t.r, ei) + product(p.l[i], me);
    d.l[i - 1] = low62(cd);
    e.l[i - 1] = low62(ce);
    cd >>= 62;
    ce >>= 62;
  }
  d.l[4] = static_cast<i64>(cd);
  e.l[4] = static_cast<i64>(ce);
}

constexpr bool isSign(i64 limb) { return limb == 0 || limb == -1; }

constexpr bool isZero(int length, const Signed62& x) {
  i64 any = 0;
  for (int i = 0; i < length; i++) any |= x.l[i];
  return any == 0;
}

constexpr Signed62 addMultiple(const Signed62& x, const Signed62& p, i64 k) {
  Signed62 r{};
  i64 carry = 0;
  for (int i = 0; i < 5; i++) {
    const i64 t = x.l[i] + k * p.l[i] + carry;
    r.l[i] = i == 4 ? t : static_cast<i64>(static_cast<u64>(t) & kMask);
    carry = t >> 62;
  }
  return r;
}

constexpr Signed62 negate(const Signed62& x) { return addMultiple(Signed62{}, x, -1); }

}  // namespace divsteps

/**
 * k / x mod p for a prime p of 63 to 255 bits, canonical. x is any 256-bit integer and k less than p; 0 where x is no unit.
 * @param pInverse 1/p mod 2^64
 */
constexpr U256 divideMod(const U256& k, const U256& x, const U256& p, u64 pInverse) {
  using namespace divsteps;
  const Signed62 modulus = signed62(p);
  Signed62 d{}, e = signed62(k), f = modulus, g = signed62(x);
  i64 eta = -1;
  // f = d x / k and g = e x / k mod p throughout.
  for (int length = 5; !isZero(length, g);) {
    const Matrix t = steps62(eta, static_cast<u64>(f.l[0]) | (static_cast<u64>(f.l[1]) << 62),
                             static_cast<u64>(g.l[0]) | (static_cast<u64>(g.l[1]) << 62));
    updateDe(d, e, t, modulus, pInverse & kMask);
    updateFg(length, f, g, t);
    // A top limb that is only the sign of both is merged into the one below.
    while (length > 1 && isSign(f.l[length - 1]) && isSign(g.l[length - 1])) {
      f.l[length - 2] = static_cast<i64>(static_cast<u64>(f.l[length - 2]) | (static_cast<u64>(f.l[length - 1]) << 62));
      g.l[length - 2] = static_cast<i64>(static_cast<u64>(g.l[length - 2]) | (static_cast<u64>(g.l[length - 1]) << 62));
      f.l[length - 1] = g.l[length - 1] = 0;
      length--;
    }
  }
  // f is now plus or minus the greatest common divisor: 1, or p, which has other limbs too.
  if (f.l[1] != 0 || f.l[2] != 0 || f.l[3] != 0 || f.l[4] != 0) return U256{};
  const bool negative = f.l[0] < 0;
  if (negative) d = negate(d);
  // d was in (-2p, p), so it is in (-2p, 2p).
  for (int i = 0; i < 2; i++) {
    if (d.l[4] < 0) d = addMultiple(d, modulus, 1);
  }
  const U256 r = unsigned256(d);
  return r < p ? r : sub(r, p);
}

}  // namespace zk
