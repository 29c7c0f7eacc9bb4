/** Section 10 of a .zkey: the hash of its circuit and the contributions so far (zkey_utils.js of snarkjs). */
#pragma once

#include <vector>

#include "../support/sections.h"
#include "parameters.h"
#include "proof-of-knowledge.h"

namespace zk {

struct ZkeyContribution {
  /** delta G1 with this contribution. */
  G1 deltaAfter;
  KnowledgeProof proof;
  Digest transcript;
  ContributionParameters parameters;

  /** What the hash of the contribution, and every later transcript, is made of. */
  void hashInto(Blake2b& hash) const {
    hashPoint(hash, deltaAfter);
    hashPoint(hash, proof.g1S);
    hashPoint(hash, proof.g1Sx);
    hashPoint(hash, proof.g2Spx);
    hash.update(transcript);
  }
  Digest hash() const {
    Blake2b hash;
    hashInto(hash);
    return hash.digest();
  }
  std::vector<u8> bytes() const {
    FieldBytes out;
    out.value(deltaAfter).value(proof.g1S).value(proof.g1Sx).value(proof.g2Spx).value(transcript);
    const std::vector<u8> said = parameters.bytes();
    out.raw(said.data(), said.size());
    return out.bytes;
  }
};

class ZkeyContributions {
 public:
  /** @throws Error ARTIFACT_FORMAT */
  explicit ZkeyContributions(Bytes section) {
    ContributionReader reader(section);
    circuitHash = reader.digest();
    for (u32 left = reader.word(); left > 0; left--) {
      ZkeyContribution& c = list.emplace_back();
      reader.point(c.deltaAfter);
      reader.point(c.proof.g1S);
      reader.point(c.proof.g1Sx);
      reader.point(c.proof.g2Spx);
      c.transcript = reader.digest();
      c.parameters = ContributionParameters::read(reader);
    }
    if (!reader.isAtEnd()) throw damaged("its contributions are followed by other bytes");
  }

  Digest circuitHash{};
  std::vector<ZkeyContribution> list;

  /** Of all that came before: a contribution's transcript begins with it. */
  Blake2b transcript() const {
    Blake2b hash;
    hash.update(circuitHash);
    for (const ZkeyContribution& contribution : list) contribution.hashInto(hash);
    return hash;
  }
};

}  // namespace zk
