/** Keys, proofs and signals as JavaScript gives them: coordinates of 32 bytes, little-endian integers; those of Fq2 as a + bu, a first. */
#pragma once

#include "groth16.h"

namespace zk {

/** Reads coordinates one after the other; one that is not canonical is remembered, and read as another. */
class CoordinateReader {
 public:
  /** @param bytes as many as will be read */
  explicit CoordinateReader(std::span<const u8> bytes) : at_(bytes.data()) {}

  Fq fq() {
    U256 value;
    std::memcpy(&value, at_, 32);
    at_ += 32;
    canonical_ = canonical_ && value < Fq::modulus;
    return Fq::from(value);
  }
  G1 g1() {
    const Fq x = fq();
    return {x, fq()};
  }
  G2 g2() {
    const Fq2 x = fq2();
    return {x, fq2()};
  }
  bool canonical() const { return canonical_; }

 private:
  const u8* at_;
  bool canonical_ = true;

  Fq2 fq2() {
    const Fq a = fq();
    return {a, fq()};
  }
};

inline constexpr std::size_t kProofBytes = 2 * 64 + 128;
/** alpha, beta, gamma, delta; the points of the public signals follow. */
inline constexpr std::size_t kKeyHeadBytes = 64 + 3 * 128;

/**
 * A, B, C; nothing where a coordinate is not canonical. Whether they lie in their groups is left to verification.
 * @param bytes kProofBytes of them
 */
inline std::optional<ProofPoints> readProofPoints(std::span<const u8> bytes) {
  CoordinateReader reader(bytes);
  const G1 a = reader.g1();
  const G2 b = reader.g2();
  const G1 c = reader.g1();
  if (!reader.canonical()) return std::nullopt;
  return ProofPoints{a, b, c};
}

/** @throws Error ARTIFACT_FORMAT for another length or a coordinate that is not canonical */
inline VerifyingKeyPoints readVerifyingKey(std::span<const u8> bytes) {
  if (bytes.size() < kKeyHeadBytes + 64 || (bytes.size() - kKeyHeadBytes) % 64 != 0) {
    throw damaged("a verification key has " + std::to_string(bytes.size()) + " bytes");
  }
  CoordinateReader reader(bytes);
  VerifyingKeyPoints key;
  key.alpha = reader.g1();
  for (G2* point : {&key.beta, &key.gamma, &key.delta}) *point = reader.g2();
  for (std::size_t left = (bytes.size() - kKeyHeadBytes) / 64; left > 0; left--) key.ic.push_back(reader.g1());
  if (!reader.canonical()) throw damaged("a coordinate of the verification key is not canonical");
  return key;
}

}  // namespace zk
