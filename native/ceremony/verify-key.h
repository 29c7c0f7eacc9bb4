/**
 * Whether a key is that of a circuit and a powers-of-tau file with the contributions that it names: the checks of snarkjs's `zkey verify`
 * (zkey_verify_frominit.js), with linear combinations by full-size random numbers.
 */
#pragma once

#include "../groth16/key.h"
#include "../msm/msm.h"
#include "beacon.h"
#include "phase2.h"
#include "same-ratio.h"
#include "zkey-contributions.h"

namespace zk {

/** Points of a file, checked, and their sum with random weights. */
class WeighedPoints {
 public:
  WeighedPoints(const u8* points, std::size_t count, const std::string& path, unsigned threads, const Control& control)
      : count_(count), threads_(threads), control_(control), table_(points, count, path, threads, control) {}

  /** @param weights canonical integers, as many as there are points */
  G1 sum(const std::vector<U256>& weights) const {
    const Bases<Fq> bases({table_.data(), count_ * G1::kBytes}, 0, threads_);
    const Scalars scalars = classify(reinterpret_cast<const u8*>(weights.data()), weights.size(), threads_);
    return msm(bases, scalars, threads_, control_).affine();
  }

 private:
  std::size_t count_;
  unsigned threads_;
  const Control& control_;
  PointTable<Fq> table_;
};

class KeyVerification {
 public:
  /** Numbers of the stages of Control after those of Phase2. */
  enum Stage : int { kComparing = 3, kChecking = 4, kBeacon = 5 };

  KeyVerification(unsigned threads, const Control& control) : threads_(threads), control_(control) {}

  /**
   * @param r1cs @param ptau @param zkey paths that are read
   * @param scratch path of a file that is written: the key before all contributions
   * @return what is wrong; empty when nothing is
   * @throws Error as Phase2, and ARTIFACT_FORMAT, with the path, when the key is damaged
   */
  std::string run(const std::string& r1cs, const std::string& ptau, const std::string& zkey, const std::string& scratch) const {
    const MappedFile file(zkey);
    const Sections sections = aboutFile(zkey, [&] { return Sections(file.bytes(), "zkey", 1); });
    const ZkeyHeader header = aboutFile(zkey, [&] { return ZkeyHeader(sections); });
    const ZkeyContributions contributions =
        aboutFile(zkey, [&] { return ZkeyContributions(sections.at(static_cast<u32>(ZkeySection::kContributions))); });
    Phase2(threads_, control_).run(r1cs, ptau, scratch, scratch);
    const MappedFile initialFile(scratch);
    const Sections initial(initialFile.bytes(), "zkey", 1);
    const ZkeyHeader initialHeader(initial);
    control_.stage(kComparing);
    const std::string different = aboutFile(zkey, [&] { return compare(sections, header, initial, initialHeader); });
    if (!different.empty()) return different;
    const ZkeyContributions none(initial.at(static_cast<u32>(ZkeySection::kContributions)));
    if (contributions.circuitHash != none.circuitHash) return "its hash of the circuit is another one";
    const std::string wrong = checkContributions(contributions, header);
    if (!wrong.empty()) return wrong;
    control_.stage(kChecking);
    if (!checkL(sections, header, initial, zkey)) return "the points of private wires are not those of the circuit over delta";
    if (!checkH(sections, header, Ptau(ptau), zkey)) return "the points of the quotient are not those of the ptau file over delta";
    return "";
  }

 private:
  unsigned threads_;
  const Control& control_;

  static std::string compare(const Sections& sections, const ZkeyHeader& header, const Sections& initial,
                             const ZkeyHeader& initialHeader) {
    if (header.nWires != initialHeader.nWires || header.nPublic != initialHeader.nPublic ||
        header.domainPower != initialHeader.domainPower) {
      return "it is the key of a circuit of another size";
    }
    if (!(header.alpha1 == initialHeader.alpha1 && header.beta1 == initialHeader.beta1 && header.beta2 == initialHeader.beta2)) {
      return "its alpha and beta are not those of the ptau file";
    }
    if (!(header.gamma2 == initialHeader.gamma2)) return "its gamma is not 1";
    constexpr std::pair<ZkeySection, const char*> kSame[] = {{ZkeySection::kIc, "the points of public wires"},
                                                             {ZkeySection::kCoefficients, "the coefficients"},
                                                             {ZkeySection::kA, "the points of A"},
                                                             {ZkeySection::kB1, "the points of B in G1"},
                                                             {ZkeySection::kB2, "the points of B in G2"}};
    for (const auto& [section, what] : kSame) {
      const Bytes a = sections.at(static_cast<u32>(section)), b = initial.at(static_cast<u32>(section));
      if (a.size() != b.size() || std::memcmp(a.data(), b.data(), a.size()) != 0) {
        return std::string(what) + " are not those of the circuit";
      }
    }
    for (const ZkeySection section : {ZkeySection::kL, ZkeySection::kH}) {
      (void)sections.at(static_cast<u32>(section), initial.at(static_cast<u32>(section)).size());
    }
    return "";
  }

  std::string checkContributions(const ZkeyContributions& contributions, const ZkeyHeader& header) const {
    Blake2b transcript;
    transcript.update(contributions.circuitHash);
    G1 delta = g1Generator();
    for (std::size_t i = 0; i < contributions.list.size(); i++) {
      control_.check();
      const ZkeyContribution& c = contributions.list[i];
      const std::string name = "contribution " + std::to_string(i + 1) + ": ";
      Blake2b own = transcript;
      hashPoint(own, c.proof.g1S);
      hashPoint(own, c.proof.g1Sx);
      if (own.digest() != c.transcript) return name + "its transcript is not the hash of what came before";
      const G2 challenge = hashToG2(c.transcript);
      if (!sameRatio(c.proof.g1S, c.proof.g1Sx, challenge, c.proof.g2Spx)) return name + "its proof of knowledge is invalid";
      if (!sameRatio(delta, c.deltaAfter, challenge, c.proof.g2Spx)) return name + "its delta does not follow from the one before";
      if (c.parameters.isBeacon() && !isFromBeacon(c)) return name + "its factor is not the beacon's";
      c.hashInto(transcript);
      delta = c.deltaAfter;
    }
    if (!(header.delta1 == delta)) return "its delta is not that of the last contribution";
    if (!sameRatio(g1Generator(), delta, g2Generator(), header.delta2)) return "its deltas in G1 and G2 are different";
    return "";
  }

  bool isFromBeacon(const ZkeyContribution& c) const {
    control_.stage(kBeacon, u64{1} << std::max(0, c.parameters.iterationsExponent - 16));
    ChaCha random = randomOfBeacon(c.parameters.beacon, c.parameters.iterationsExponent, control_);
    const Fr factor = drawScalar(random);
    const G1 base = drawG1(random);
    return base == c.proof.g1S && multiply(base, factor) == c.proof.g1Sx;
  }

  bool sumsAgree(const G1& before, const G1& after, const ZkeyHeader& header) const {
    if (before.isInfinity() && after.isInfinity()) return true;
    return sameRatio(before, after, header.delta2, g2Generator());
  }

  bool checkL(const Sections& sections, const ZkeyHeader& header, const Sections& initial, const std::string& path) const {
    const Bytes before = initial.at(static_cast<u32>(ZkeySection::kL)), after = sections.at(static_cast<u32>(ZkeySection::kL));
    const std::size_t count = before.size() / G1::kBytes;
    std::vector<U256> weights(count);
    for (U256& weight : weights) randomBytes(&weight, 16);
    const G1 first = WeighedPoints(before.data(), count, path, threads_, control_).sum(weights);
    const G1 second = WeighedPoints(after.data(), count, path, threads_, control_).sum(weights);
    return sumsAgree(first, second, header);
  }

  /**
   * With q(x) = sum of rho^i x^i over i < n - 1: (tau^n - 1) q(tau) is a sum of the file's powers, and, as x^n - 1 = -2 on the odd 2n-th roots of
   * unity, it is the sum of -2 q(x_j) over the Lagrange points of these.
   */
  bool checkH(const Sections& sections, const ZkeyHeader& header, const Ptau& powers, const std::string& path) const {
    const std::size_t n = std::size_t{1} << header.domainPower;
    const Fr rho = randomScalar();
    std::vector<U256> weights(n - 1);
    const auto fill = [&](std::vector<U256>& out, auto&& piece) {
      parallelFor(threads_, out.size(), 1 << 12, [&](std::size_t begin, std::size_t end) {
        control_.check();
        piece(begin, end);
      });
    };
    fill(weights, [&](std::size_t begin, std::size_t end) {
      Fr power = rho.power(u256(0, 0, 0, begin));
      for (std::size_t i = begin; i < end; i++, power *= rho) weights[i] = power.integer();
    });
    const u8* const low = powers.points<Fq>(PtauSection::kTauG1, 2 * n - 1);
    const G1 minus = WeighedPoints(low, n - 1, powers.path(), threads_, control_).sum(weights);
    const G1 plus = WeighedPoints(low + n * G1::kBytes, n - 1, powers.path(), threads_, control_).sum(weights);
    const G1 expected = (Xyzz<Fq>::from(plus) + minus.negate()).affine();
    weights.resize(n);
    const Fr last = rho.power(u256(0, 0, 0, n - 1)), root = rootOfUnity(header.domainPower + 1), step = root.square();
    fill(weights, [&](std::size_t begin, std::size_t end) {
      // -2 q(x) = 2 (rho^(n-1) + x) / (x (rho x - 1)) where x^n = -1; one inversion for all.
      std::vector<Fr> x(end - begin), prefix(end - begin);
      Fr point = root * step.power(u256(0, 0, 0, begin)), product = Fr::one();
      for (std::size_t i = 0; i < x.size(); i++, point *= step) {
        x[i] = point;
        prefix[i] = product;
        product *= point * (rho * point - Fr::one());
      }
      Fr inverse = product.inverse();
      for (std::size_t i = x.size(); i-- > 0;) {
        weights[begin + i] = ((last + x[i]).doubled() * inverse * prefix[i]).integer();
        inverse *= x[i] * (rho * x[i] - Fr::one());
      }
    });
    const Bytes h = sections.at(static_cast<u32>(ZkeySection::kH));
    return sumsAgree(expected, WeighedPoints(h.data(), n, path, threads_, control_).sum(weights), header);
  }
};

}  // namespace zk
