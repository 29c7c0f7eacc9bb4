/** The fields of BN254 (alt_bn128, EIP-196): Fq of coordinates, Fr of scalars. */
#pragma once

#include "fp.h"

namespace zk {

struct FqParams {
  static constexpr U256 modulus =
      u256(0x30644e72e131a029, 0xb85045b68181585d, 0x97816a916871ca8d, 0x3c208c16d87cfd47);
};
struct FrParams {
  static constexpr U256 modulus =
      u256(0x30644e72e131a029, 0xb85045b68181585d, 0x2833e84879b97091, 0x43e1f593f0000001);
};

using Fq = Fp<FqParams>;
using Fr = Fp<FrParams>;

/** The multiplicative group of Fr has a subgroup of 2^28 elements; 5 is the least nonresidue and generates it (as in snarkjs). */
inline constexpr unsigned kTwoAdicity = 28;
inline constexpr u64 kNonResidue = 5;

/** A primitive 2^power-th root of unity, the one snarkjs uses. @param power at most kTwoAdicity */
inline Fr rootOfUnity(unsigned power) {
  U256 e = sub(Fr::modulus, u256(0, 0, 0, 1));
  for (unsigned i = 0; i < kTwoAdicity; i++) e = half(e);
  Fr w = Fr::from(kNonResidue).power(e);
  for (unsigned i = power; i < kTwoAdicity; i++) w = w.square();
  return w;
}

}  // namespace zk
