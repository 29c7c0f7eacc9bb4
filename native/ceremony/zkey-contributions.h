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
  explicit ZkeyContributions(Bytes section) : at_(section) {
    std::memcpy(circuitHash.data(), take(64).data(), 64);
    const u32 count = readU32(take(4).data());
    for (u32 i = 0; i < count; i++) list.push_back(read());
    if (!at_.empty()) throw damaged("its contributions are followed by other bytes");
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

 private:
  Bytes at_;

  Bytes take(std::size_t size) {
    if (size > at_.size()) throw damaged("its contributions are truncated");
    const Bytes taken = at_.first(size);
    at_ = at_.subspan(size);
    return taken;
  }
  template <class F>
  void point(Affine<F>& p) {
    p = Affine<F>::load(take(Affine<F>::kBytes).data());
    if (!p.isCanonical() || !isOnCurve(p)) throw damaged("a point of a contribution is not on its curve");
  }
  std::string text() {
    const std::size_t size = take(1)[0];
    const Bytes bytes = take(size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  ZkeyContribution read() {
    ZkeyContribution c;
    point(c.deltaAfter);
    point(c.proof.g1S);
    point(c.proof.g1Sx);
    point(c.proof.g2Spx);
    std::memcpy(c.transcript.data(), take(64).data(), 64);
    const u32 kind = readU32(take(4).data()), length = readU32(take(4).data());
    if (kind > 1) throw damaged("a contribution is of an unknown kind");
    const Bytes after = take(length), rest = at_;
    at_ = after;
    for (u8 last = 0; !at_.empty();) {
      const u8 type = take(1)[0];
      if (type <= last) throw damaged("the parameters of a contribution are not sorted");
      last = type;
      if (type == 1) {
        c.parameters.name = text();
      } else if (type == 2) {
        c.parameters.iterationsExponent = take(1)[0];
      } else if (type == 3) {
        c.parameters.beacon = text();
      } else {
        throw damaged("a contribution has an unknown parameter");
      }
    }
    at_ = rest;
    if (c.parameters.isBeacon() != (kind == 1)) throw damaged("a contribution is of another kind than its parameters");
    return c;
  }
};

}  // namespace zk
