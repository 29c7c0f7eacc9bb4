/**
 * Proofs that a contributor knows the factor that was multiplied in (Bowe, Gabizon and Miers, "Scalable multi-party computation for zk-SNARK
 * parameters in the random beacon model", 2017, section 2.3), in snarkjs's form.
 */
#pragma once

#include "../support/random.h"
#include "hash-to-group.h"

namespace zk {

/** g1Sx = x g1S and g2Spx = x P, where P is hashed from what came before and from g1S, g1Sx. */
struct KnowledgeProof {
  G1 g1S, g1Sx;
  G2 g2Spx;
};

/** The challenge point of one of the three factors of a powers-of-tau contribution. @param factor 0 for tau, 1 for alpha, 2 for beta */
inline G2 powersChallenge(u8 factor, const Digest& challenge, const G1& g1S, const G1& g1Sx) {
  Blake2b hash;
  hash.update(&factor, 1);
  hash.update(challenge);
  hashPoint(hash, g1S);
  hashPoint(hash, g1Sx);
  return hashToG2(hash.digest());
}

inline KnowledgeProof provePowersKnowledge(u8 factor, const Digest& challenge, const Fr& secret) {
  KnowledgeProof proof;
  proof.g1S = multiply(g1Generator(), randomScalar());
  proof.g1Sx = multiply(proof.g1S, secret);
  proof.g2Spx = multiply(powersChallenge(factor, challenge, proof.g1S, proof.g1Sx), secret);
  return proof;
}

}  // namespace zk
