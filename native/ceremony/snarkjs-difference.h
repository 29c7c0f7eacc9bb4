/**
 * The difference of two points as snarkjs computes it where the first one is none. It hashes tau^(i + n) G1 - tau^i G1 in blocks of 2^14, the last
 * of which takes one power too many; where the file's power is the circuit's, that power is whatever follows section 2. Those bytes are no field
 * elements, and what comes out depends on how snarkjs's field arithmetic (wasmcurves, build_f1m.js) reduces: at most once. The hash of the circuit
 * has to agree with snarkjs's, so this does the same.
 */
#pragma once

#include "../curve/points.h"

namespace zk {

/** Arithmetic of wasmcurves on any 256-bit numbers. */
struct LooseFq {
  U256 m;

  LooseFq operator+(const LooseFq& o) const {
    u64 carry = 0;
    const U256 sum = add(m, o.m, &carry);
    return {carry != 0 || !(sum < Fq::modulus) ? sub(sum, Fq::modulus) : sum};
  }
  LooseFq operator-(const LooseFq& o) const {
    u64 borrow = 0;
    const U256 difference = sub(m, o.m, &borrow);
    return {borrow != 0 ? add(difference, Fq::modulus) : difference};
  }
  LooseFq operator*(const LooseFq& o) const {
    constexpr U256 q = Fq::modulus;
    u64 t[9] = {};
    for (int i = 0; i < 4; i++) {
      u64 carry = 0;
      for (int j = 0; j < 4; j++) t[i + j] = mulAdd(t[i + j], m.w[i], o.m.w[j], carry);
      t[i + 4] = carry;
    }
    for (int i = 0; i < 4; i++) {
      const u64 factor = t[i] * negativeInverse(q.w[0]);
      u64 carry = 0;
      for (int j = 0; j < 4; j++) t[i + j] = mulAdd(t[i + j], factor, q.w[j], carry);
      for (int j = i + 4; carry != 0 && j < 9; j++) {
        u64 more = 0;
        t[j] = addCarry(t[j], carry, more);
        carry = more;
      }
    }
    const U256 high = {{t[4], t[5], t[6], t[7]}};
    return {t[8] != 0 || !(high < q) ? sub(high, q) : high};
  }
  LooseFq square() const { return *this * *this; }
  LooseFq doubled() const { return *this + *this; }
  /** The residue. */
  Fq reduced() const {
    U256 x = m;
    while (!(x < Fq::modulus)) x = sub(x, Fq::modulus);
    return {x};
  }
};

/** @param bytes 64 of any kind, the first "point" @param p a point of G1 */
inline G1 differenceAsSnarkjs(const u8* bytes, const G1& p) {
  LooseFq x1, y1;
  std::memcpy(&x1.m, bytes, 32);
  std::memcpy(&y1.m, bytes + 32, 32);
  const LooseFq x2{p.x.m}, y2{p.y.negate().m};
  if (x1.m.isZero() && y1.m.isZero()) return p.negate();
  if (p.isInfinity()) return {x1.reduced(), y1.reduced()};
  // g1m_addAffine: madd with Z1 = 1 (http://www.hyperelliptic.org/EFD/g1p/auto-shortw-jacobian-0.html).
  const LooseFq h = x2 - x1, r = (y2 - y1).doubled();
  const LooseFq i = h.square().doubled().doubled(), j = h * i, v = x1 * i;
  const LooseFq x3 = r.square() - j - v.doubled();
  const LooseFq y3 = (v - x3) * r - (y1 * j).doubled(), z3 = h.doubled();
  const Fq inverse = z3.reduced().inverse(), square = inverse.square();
  return {x3.reduced() * square, y3.reduced() * (square * inverse)};
}

}  // namespace zk
