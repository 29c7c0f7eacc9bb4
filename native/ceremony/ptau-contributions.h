/** Section 7 of a .ptau: its contributions (powersoftau_utils.js of snarkjs). */
#pragma once

#include <vector>

#include "../support/control.h"
#include "parameters.h"
#include "proof-of-knowledge.h"

namespace zk {

/** The points that show how far a ceremony is: tau in both groups, alpha in G1, beta in both. */
struct PowersState {
  G1 tauG1 = g1Generator();
  G2 tauG2 = g2Generator();
  G1 alphaG1 = g1Generator(), betaG1 = g1Generator();
  G2 betaG2 = g2Generator();
};

struct PtauContribution {
  PowersState after;
  /** Of the factors of tau, alpha and beta. */
  KnowledgeProof proofs[3];
  /** The hash of the challenge and of all points, compressed, before the proofs were added. */
  Blake2b::State partialHash;
  /** The hash of the file after it. */
  Digest nextChallenge;
  ContributionParameters parameters;

  Digest responseHash() const {
    Blake2b hash = Blake2b::fromState(partialHash);
    for (const KnowledgeProof& proof : proofs) {
      hashPoint(hash, proof.g1S);
      hashPoint(hash, proof.g1Sx);
    }
    for (const KnowledgeProof& proof : proofs) hashPoint(hash, proof.g2Spx);
    return hash.digest();
  }

  std::vector<u8> bytes() const {
    FieldBytes out;
    out.value(after.tauG1).value(after.tauG2).value(after.alphaG1).value(after.betaG1).value(after.betaG2);
    for (const KnowledgeProof& proof : proofs) out.value(proof.g1S).value(proof.g1Sx);
    for (const KnowledgeProof& proof : proofs) out.value(proof.g2Spx);
    out.value(partialHash).value(nextChallenge);
    const std::vector<u8> said = parameters.bytes();
    out.raw(said.data(), said.size());
    return out.bytes;
  }

  /** @throws Error ARTIFACT_FORMAT */
  static PtauContribution read(ContributionReader& reader) {
    PtauContribution c;
    reader.point(c.after.tauG1);
    reader.point(c.after.tauG2);
    reader.point(c.after.alphaG1);
    reader.point(c.after.betaG1);
    reader.point(c.after.betaG2);
    for (KnowledgeProof& proof : c.proofs) {
      reader.point(proof.g1S);
      reader.point(proof.g1Sx);
    }
    for (KnowledgeProof& proof : c.proofs) reader.point(proof.g2Spx);
    std::memcpy(c.partialHash.data(), reader.take(Blake2b::kStateBytes).data(), Blake2b::kStateBytes);
    (void)Blake2b::fromState(c.partialHash);
    c.nextChallenge = reader.digest();
    c.parameters = ContributionParameters::read(reader);
    return c;
  }
};

/** @throws Error ARTIFACT_FORMAT */
inline std::vector<PtauContribution> readPtauContributions(Bytes section) {
  ContributionReader reader(section);
  std::vector<PtauContribution> list;
  for (u32 left = reader.word(); left > 0; left--) list.push_back(PtauContribution::read(reader));
  if (!reader.isAtEnd()) throw damaged("its contributions are followed by other bytes");
  return list;
}

/** What the first contributor has to answer: the hash of the file in which tau, alpha and beta are 1. @throws Error ABORTED */
inline Digest firstPtauChallenge(unsigned power, const Control& control) {
  const u64 n = u64{1} << power;
  u8 g1[G1::kBytes], g2[G2::kBytes];
  encodePoint<Encoding::uncompressed>(g1, g1Generator());
  encodePoint<Encoding::uncompressed>(g2, g2Generator());
  Blake2b hash;
  hash.update(Blake2b().digest());
  const auto repeat = [&](const u8* bytes, std::size_t size, u64 count) {
    constexpr u64 kBlock = 1 << 14;
    std::vector<u8> block;
    for (u64 i = 0; i < std::min(count, kBlock); i++) block.insert(block.end(), bytes, bytes + size);
    for (u64 done = 0; done < count; done += kBlock) {
      control.check();
      hash.update(block.data(), std::min(kBlock, count - done) * size);
    }
  };
  repeat(g1, sizeof g1, 2 * n - 1);
  repeat(g2, sizeof g2, n);
  repeat(g1, sizeof g1, n);
  repeat(g1, sizeof g1, n);
  hash.update(g2, sizeof g2);
  return hash.digest();
}

}  // namespace zk
