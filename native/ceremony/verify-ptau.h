/**
 * Whether a powers-of-tau file is what its contributions lead to: the checks of snarkjs's `powersoftau verify` (powersoftau_verify.js), with linear
 * combinations by powers of one random number rho, which make the sums over Lagrange points direct.
 */
#pragma once

#include "../msm/msm.h"
#include "beacon.h"
#include "point-table.h"
#include "ptau-contributions.h"
#include "ptau.h"
#include "same-ratio.h"

namespace zk {

class PtauVerification {
 public:
  /** Numbers of the stages of Control. */
  enum Stage : int { kContributions = 0, kPowers = 1, kLagrange = 2, kHashing = 3 };

  PtauVerification(unsigned threads, const Control& control) : threads_(threads), control_(control) {}

  /**
   * @param ptau path that is read
   * @return what is wrong; empty when nothing is
   * @throws Error ARTIFACT_MISSING, IO; ARTIFACT_FORMAT, with the path; MODEL_UNSUPPORTED when its power is the curve's largest; ABORTED
   */
  std::string run(const std::string& ptau) const {
    const Ptau file(ptau);
    if (file.power >= kTwoAdicity) throw Error("MODEL_UNSUPPORTED", "powers of tau of so large a power cannot be verified here");
    const std::vector<PtauContribution> list =
        aboutFile(ptau, [&] { return readPtauContributions(file.section(PtauSection::kContributions)); });
    if (list.empty()) return "nobody has contributed";
    control_.stage(kContributions);
    const std::string wrong = checkContributions(list, file.ceremonyPower);
    return wrong.empty() ? checkSections(file, list.back()) : wrong;
  }

 private:
  static constexpr std::size_t kPiece = 1 << 18;

  unsigned threads_;
  const Control& control_;

  std::string checkContributions(const std::vector<PtauContribution>& list, unsigned ceremonyPower) const {
    PowersState before;
    Digest challenge = firstPtauChallenge(ceremonyPower, control_);
    for (std::size_t i = 0; i < list.size(); i++) {
      control_.check();
      const std::string wrong = checkContribution(list[i], before, challenge);
      if (!wrong.empty()) return "contribution " + std::to_string(i + 1) + ": " + wrong;
      before = list[i].after;
      challenge = list[i].nextChallenge;
    }
    return "";
  }

  std::string checkContribution(const PtauContribution& c, const PowersState& before, const Digest& challenge) const {
    if (c.parameters.isBeacon() && !isFromBeacon(c)) return "its factors are not the beacon's";
    G2 points[3];
    for (u8 factor = 0; factor < 3; factor++) {
      const KnowledgeProof& proof = c.proofs[factor];
      points[factor] = powersChallenge(factor, challenge, proof.g1S, proof.g1Sx);
      if (!sameRatio(proof.g1S, proof.g1Sx, points[factor], proof.g2Spx)) return "a proof of knowledge is invalid";
    }
    const PowersState& after = c.after;
    const auto follows1 = [&](u8 factor, const G1& from, const G1& to) {
      return sameRatio(from, to, points[factor], c.proofs[factor].g2Spx);
    };
    const auto follows2 = [&](u8 factor, const G2& from, const G2& to) {
      return sameRatio(c.proofs[factor].g1S, c.proofs[factor].g1Sx, from, to);
    };
    const bool follows = follows1(0, before.tauG1, after.tauG1) && follows2(0, before.tauG2, after.tauG2) &&
                         follows1(1, before.alphaG1, after.alphaG1) && follows1(2, before.betaG1, after.betaG1) &&
                         follows2(2, before.betaG2, after.betaG2);
    return follows ? "" : "it does not follow from the one before";
  }

  bool isFromBeacon(const PtauContribution& c) const {
    ChaCha random = randomOfBeacon(c.parameters.beacon, c.parameters.iterationsExponent, control_);
    Fr factors[3];
    for (Fr& factor : factors) factor = drawScalar(random);
    for (int i = 0; i < 3; i++) {
      const G1 base = drawG1(random);
      if (!(base == c.proofs[i].g1S) || !(multiply(base, factors[i]) == c.proofs[i].g1Sx)) return false;
    }
    return true;
  }

  std::string checkSections(const Ptau& file, const PtauContribution& last) const {
    const u64 n = u64{1} << file.power;
    const PowersState& state = last.after;
    control_.stage(kPowers, (file.isPrepared ? 20 : 5) * n);
    const Fr rho = randomScalar();
    const char* const kOther = "its points are not those of its last contribution";
    const auto first = [&]<class F>(u32 section, u64 i, F) { return Affine<F>::load(file.points<F>(section, i + 1) + i * Affine<F>::kBytes); };
    if (!(first(PtauSection::kTauG1, 0, Fq{}) == g1Generator() && first(PtauSection::kTauG1, 1, Fq{}) == state.tauG1 &&
          first(PtauSection::kTauG2, 0, Fq2{}) == g2Generator() && first(PtauSection::kTauG2, 1, Fq2{}) == state.tauG2 &&
          first(PtauSection::kAlphaTauG1, 0, Fq{}) == state.alphaG1 && first(PtauSection::kBetaTauG1, 0, Fq{}) == state.betaG1 &&
          first(PtauSection::kBetaG2, 0, Fq2{}) == state.betaG2)) {
      return kOther;
    }
    const bool arePowers = checkPowers1(file, PtauSection::kTauG1, 2 * n - 1, rho, state) &&
                           checkPowers1(file, PtauSection::kAlphaTauG1, n, rho, state) &&
                           checkPowers1(file, PtauSection::kBetaTauG1, n, rho, state) && checkPowers2(file, n, rho, state);
    if (!arePowers) return "its points are not powers of tau";
    if (file.isPrepared) {
      control_.stage(kLagrange, 16 * n);
      const bool areLagrange = checkLagrange<Fq>(file, PtauSection::kTauG1, PtauSection::kLagrangeG1, rho) &&
                               checkLagrange<Fq2>(file, PtauSection::kTauG2, PtauSection::kLagrangeG2, rho) &&
                               checkLagrange<Fq>(file, PtauSection::kAlphaTauG1, PtauSection::kLagrangeAlphaG1, rho) &&
                               checkLagrange<Fq>(file, PtauSection::kBetaTauG1, PtauSection::kLagrangeBetaG1, rho);
      if (!areLagrange) return "its points for phase 2 do not belong to its powers of tau";
    }
    // Of a file that was cut out of a larger one, the hash cannot be computed.
    if (file.power != file.ceremonyPower) return "";
    control_.stage(kHashing);
    return hashOf(file, last, n) == last.nextChallenge ? "" : "its points are not those whose hash its last contribution gives";
  }

  /** Sum of weight(i) times the points of a section from `begin` on. @param weights (from, count, out) writes canonical integers */
  template <class F, class Weights>
  Affine<F> weightedSum(const u8* points, u64 count, const std::string& path, Weights&& weights) const {
    Xyzz<F> sum = Xyzz<F>::infinity();
    std::vector<U256> values;
    for (u64 at = 0; at < count; at += kPiece) {
      const std::size_t size = static_cast<std::size_t>(std::min<u64>(kPiece, count - at));
      const PointTable<F> table(points + at * Affine<F>::kBytes, size, path, threads_, control_);
      values.resize(size);
      parallelFor(threads_, size, 1 << 12, [&](std::size_t from, std::size_t to) { weights(at + from, to - from, &values[from]); });
      const Bases<F> bases({table.data(), size * Affine<F>::kBytes}, 0, threads_);
      sum += msm(bases, classify(reinterpret_cast<const u8*>(values.data()), size, threads_), threads_, {});
      control_.advance(size);
    }
    return sum.affine();
  }

  /** Weights factor rho^i. */
  static auto powersOf(const Fr& rho) {
    return [rho](u64 from, std::size_t count, U256* out) {
      Fr power = rho.power(u256(0, 0, 0, from));
      for (std::size_t i = 0; i < count; i++, power *= rho) out[i] = power.integer();
    };
  }

  /** With S = sum of rho^i P_i, sums over all but the last and all but the first: S - rho^(m-1) P_(m-1) and (S - P_0) / rho. */
  template <class F>
  std::pair<Affine<F>, Affine<F>> neighbours(const Ptau& file, u32 section, u64 count, const Fr& rho) const {
    const u8* const points = file.points<F>(section, count);
    const Affine<F> first = Affine<F>::load(points), last = Affine<F>::load(points + (count - 1) * Affine<F>::kBytes);
    const Xyzz<F> sum = Xyzz<F>::from(weightedSum<F>(points, count, file.path(), powersOf(rho)));
    const Affine<F> weightedLast = multiply(last, rho.power(u256(0, 0, 0, count - 1)));
    return {(sum + weightedLast.negate()).affine(), multiply((sum + first.negate()).affine(), rho.inverse())};
  }
  bool checkPowers1(const Ptau& file, u32 section, u64 count, const Fr& rho, const PowersState& state) const {
    const auto [low, high] = neighbours<Fq>(file, section, count, rho);
    return sameRatio(low, high, g2Generator(), state.tauG2);
  }
  bool checkPowers2(const Ptau& file, u64 count, const Fr& rho, const PowersState& state) const {
    const auto [low, high] = neighbours<Fq2>(file, PtauSection::kTauG2, count, rho);
    return sameRatio(g1Generator(), state.tauG1, low, high);
  }

  /**
   * For each domain of m elements, sum of rho^i P_i over i < m - 1 is the sum of ((rho w^k)^(m-1) - 1) / (rho w^k - 1) L_k. The last power is left
   * out, as snarkjs makes the largest domain's points without it. All domains at once, the p-th one times mu^p.
   */
  template <class F>
  bool checkLagrange(const Ptau& file, u32 section, u32 lagrange, const Fr& rho) const {
    const unsigned highest = file.power + (lagrange == PtauSection::kLagrangeG1 ? 1 : 0);
    const Fr mu = randomScalar();
    std::vector<Fr> factors(highest + 1, Fr::one());
    for (unsigned p = 1; p <= highest; p++) factors[p] = factors[p - 1] * mu;
    const u64 count = (u64{1} << highest) - 1;
    const Affine<F> left = weightedSum<F>(file.points<F>(section, count), count, file.path(), [&](u64 from, std::size_t size, U256* out) {
      Fr power = rho.power(u256(0, 0, 0, from));
      for (std::size_t i = 0; i < size; i++, power *= rho) {
        // Domains that have the power from + i and a higher one.
        Fr factor = Fr::zero();
        for (unsigned p = static_cast<unsigned>(std::bit_width(from + i + 1)); p <= highest; p++) factor += factors[p];
        out[i] = (factor * power).integer();
      }
    });
    Xyzz<F> right = Xyzz<F>::infinity();
    for (unsigned p = 1; p <= highest; p++) {
      const u64 m = u64{1} << p;
      const Fr root = rootOfUnity(p), high = rho.power(u256(0, 0, 0, m - 1)), inverseRoot = root.inverse();
      right += weightedSum<F>(file.lagrange<F>(lagrange, p), m, file.path(), [&](u64 from, std::size_t size, U256* out) {
        std::vector<Fr> prefix(size);
        Fr x = rho * root.power(u256(0, 0, 0, from)), w = inverseRoot.power(u256(0, 0, 0, from)), product = Fr::one();
        std::vector<Fr> denominators(size), numerators(size);
        for (std::size_t i = 0; i < size; i++, x *= root, w *= inverseRoot) {
          denominators[i] = x - Fr::one();
          numerators[i] = factors[p] * (high * w - Fr::one());
          prefix[i] = product;
          product *= denominators[i];
        }
        Fr inverse = product.inverse();
        for (std::size_t i = size; i-- > 0;) {
          out[i] = (numerators[i] * inverse * prefix[i]).integer();
          inverse *= denominators[i];
        }
      });
    }
    // The domain of one element has the constant 1 alone.
    const Affine<F> constant = Affine<F>::load(file.lagrange<F>(lagrange, 0));
    return left == right.affine() && constant == Affine<F>::load(file.points<F>(section, 1));
  }

  Digest hashOf(const Ptau& file, const PtauContribution& last, u64 n) const {
    Blake2b hash;
    hash.update(last.responseHash());
    const auto add = [&]<class F>(u32 section, u64 count, F) {
      control_.check();
      hashPoints<Encoding::uncompressed, F>(hash, file.points<F>(section, count), count, threads_);
    };
    add(PtauSection::kTauG1, 2 * n - 1, Fq{});
    add(PtauSection::kTauG2, n, Fq2{});
    add(PtauSection::kAlphaTauG1, n, Fq{});
    add(PtauSection::kBetaTauG1, n, Fq{});
    add(PtauSection::kBetaG2, 1, Fq2{});
    return hash.digest();
  }
};

}  // namespace zk
