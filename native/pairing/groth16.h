/** The Groth16 equation (Groth, "On the Size of Pairing-Based Non-interactive Arguments", 2016, section 3.2). */
#pragma once

#include <array>
#include <span>
#include <vector>

#include "../support/error.h"
#include "final-exponentiation.h"

namespace zk {

struct VerifyingKeyPoints {
  G1 alpha;
  G2 beta, gamma, delta;
  /** One more than there are public signals. */
  std::vector<G1> ic;
};

struct ProofPoints {
  G1 a;
  G2 b;
  G1 c;
};

/** Finite, canonical and on the curve, whose points all have order r. */
inline bool isG1Element(const G1& p) { return p.isCanonical() && !p.isInfinity() && isOnCurve(p); }

/** A verification key with what can be computed of it once. Immutable: any number of threads may share it. */
class PreparedVerifyingKey {
 public:
  /** @throws Error KEY_UNSAFE when a point is not in its group or is infinity, or gamma is delta: anyone could forge proofs for such a key. */
  explicit PreparedVerifyingKey(const VerifyingKeyPoints& key)
      : ic_(key.ic), gamma_(prepared(key.gamma)), delta_(prepared(key.delta)) {
    if (ic_.empty()) throw unsafe("it has no points for public signals");
    for (const G1& point : ic_) {
      if (!isG1Element(point)) throw unsafe("one of its points is not in its group");
    }
    if (!isG1Element(key.alpha)) throw unsafe("one of its points is not in its group");
    if (key.gamma == key.delta) throw unsafe("gamma equals delta");
    const PreparedG2 beta = prepared(key.beta);
    const MillerPair pair = {key.alpha, &beta};
    alphaBeta_ = millerProduct({&pair, 1});
  }

  std::size_t publicSignals() const { return ic_.size() - 1; }

  /**
   * Whether e(A, B) = e(alpha, beta) e(IC_0 + sum of s_i IC_i, gamma) e(C, delta). False too for points that are not canonical, not in their
   * group or infinity, and for signals that are not canonical or not as many as the key has.
   */
  bool verify(std::span<const U256> signals, const ProofPoints& proof) const {
    if (signals.size() != publicSignals()) return false;
    for (const U256& signal : signals) {
      if (!(signal < Fr::modulus)) return false;
    }
    if (!isG1Element(proof.a) || !isG1Element(proof.c)) return false;
    const std::optional<PreparedG2> b = prepareG2(proof.b);
    if (!b) return false;
    const std::array<MillerPair, 3> pairs = {
        {{proof.a.negate(), &*b}, {input(signals), &gamma_}, {proof.c, &delta_}}};
    return finalExponentiation(millerProduct(pairs) * alphaBeta_).isOne();
  }

 private:
  std::vector<G1> ic_;
  PreparedG2 gamma_, delta_;
  Fq12 alphaBeta_{};

  /** IC_0 + sum of s_i IC_i, bit by bit with shared doublings. */
  G1 input(std::span<const U256> signals) const {
    Xyzz<Fq> sum = Xyzz<Fq>::infinity();
    for (unsigned bit = 254; bit-- > 0;) {
      sum = sum.doubled();
      for (std::size_t i = 0; i < signals.size(); i++) {
        if (signals[i].bit(bit)) sum += ic_[i + 1];
      }
    }
    return (sum + ic_[0]).affine();
  }

  static Error unsafe(const std::string& what) { return Error("KEY_UNSAFE", "the key must not be used: " + what); }
  static PreparedG2 prepared(const G2& point) {
    std::optional<PreparedG2> r = prepareG2(point);
    if (!r) throw unsafe("one of its points is not in its group");
    return *std::move(r);
  }
};

/** Prepares the key and verifies one proof. @throws Error KEY_UNSAFE */
inline bool verifyGroth16(const VerifyingKeyPoints& key, std::span<const U256> signals, const ProofPoints& proof) {
  return PreparedVerifyingKey(key).verify(signals, proof);
}

}  // namespace zk
