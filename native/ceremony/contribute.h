/**
 * A contribution to a circuit's key (zkey_contribute.js, zkey_beacon.js of snarkjs): delta is multiplied by a new factor that the contributor
 * forgets, L and H are divided by it, and a proof of knowledge of the factor is added.
 */
#pragma once

#include "../curve/scale-points.h"
#include "../groth16/key.h"
#include "../setup/development.h"
#include "beacon.h"
#include "point-table.h"
#include "zkey-contributions.h"

namespace zk {

class Contribution {
 public:
  /** Numbers of the stages of Control. */
  enum Stage : int { kBeacon = 0, kCopying = 1, kMultiplying = 2 };
  /** A beacon's value is hashed 2^exponent times, the exponent within these. */
  static constexpr unsigned kMinExponent = 10, kMaxExponent = 63;

  Contribution(unsigned threads, const Control& control) : threads_(threads), control_(control) {}

  /**
   * Writes the key with one contribution more.
   * @param from path that is read @param to another path, written in place @param shownAs its name in errors
   * @param parameters with a beacon, its value alone decides the factor; else it is random
   * @return hash of the contribution
   * @throws Error ARTIFACT_MISSING; ARTIFACT_FORMAT, with the path; KEY_UNSAFE for a development key; IO; ABORTED; std::bad_alloc
   */
  Digest run(const std::string& from, const std::string& to, const std::string& shownAs,
             const ContributionParameters& parameters) const {
    return aboutFile(from, [&] { return extend(from, to, shownAs, parameters); });
  }

 private:
  unsigned threads_;
  const Control& control_;

  struct Secret {
    Fr factor{};
    ~Secret() { wipe(this, sizeof *this); }
  };

  Digest extend(const std::string& from, const std::string& to, const std::string& shownAs,
                const ContributionParameters& parameters) const {
    const MappedFile file(from);
    const Sections sections(file.bytes(), "zkey", 1);
    const ZkeyHeader header(sections);
    const Bytes section10 = sections.at(static_cast<u32>(ZkeySection::kContributions));
    if (section10.size() >= 64 && std::memcmp(section10.data(), DevelopmentSetup::kMark, 64) == 0) {
      throw Error("KEY_UNSAFE", "a development key takes no contributions: whoever made it can forge proofs for ever");
    }
    const ZkeyContributions before(section10);
    assertFollows(before, header);
    Secret secret;
    const ZkeyContribution added = contribution(before, header, parameters, secret.factor);
    const std::vector<u8> bytes = added.bytes();
    const ZkeyShape shape = shapeOf(sections, header, section10.size() + bytes.size());
    ZkeyWriter writer(to, shape, shownAs);
    control_.stage(kCopying);
    writer.header({header.alpha1, header.beta1, header.beta2, header.gamma2, added.deltaAfter,
                   multiply(header.delta2, secret.factor)});
    for (const ZkeySection section :
         {ZkeySection::kIc, ZkeySection::kCoefficients, ZkeySection::kA, ZkeySection::kB1, ZkeySection::kB2}) {
      control_.check();
      const Bytes same = sections.at(static_cast<u32>(section));
      writer.write(section, 0, same.data(), same.size());
    }
    writer.write(ZkeySection::kContributions, 0, section10.data(), section10.size());
    const u32 count = static_cast<u32>(before.list.size() + 1);
    writer.write(ZkeySection::kContributions, 64, &count, sizeof count);
    writer.write(ZkeySection::kContributions, section10.size(), bytes.data(), bytes.size());
    divide(writer, sections, secret.factor, from);
    writer.finish();
    return added.hash();
  }

  /** @throws Error ARTIFACT_FORMAT when the contributions are not those that made the key */
  static void assertFollows(const ZkeyContributions& before, const ZkeyHeader& header) {
    const G1 delta = before.list.empty() ? g1Generator() : before.list.back().deltaAfter;
    if (!(delta == header.delta1)) throw damaged("its contributions do not lead to its delta");
  }

  ZkeyContribution contribution(const ZkeyContributions& before, const ZkeyHeader& header, const ContributionParameters& parameters,
                                Fr& factor) const {
    ZkeyContribution c;
    c.parameters = parameters;
    if (parameters.isBeacon()) {
      control_.stage(kBeacon, u64{1} << std::max(0, static_cast<int>(parameters.iterationsExponent) - 16));
      ChaCha random = randomOfBeacon(parameters.beacon, parameters.iterationsExponent, control_);
      factor = drawScalar(random);
      c.proof.g1S = drawG1(random);
    } else {
      do factor = randomScalar();
      while (factor.isZero());
      c.proof.g1S = multiply(g1Generator(), randomScalar());
    }
    c.proof.g1Sx = multiply(c.proof.g1S, factor);
    Blake2b transcript = before.transcript();
    hashPoint(transcript, c.proof.g1S);
    hashPoint(transcript, c.proof.g1Sx);
    c.transcript = transcript.digest();
    c.proof.g2Spx = multiply(hashToG2(c.transcript), factor);
    c.deltaAfter = multiply(header.delta1, factor);
    return c;
  }

  /** @throws Error ARTIFACT_FORMAT when a section has another size than the header says */
  static ZkeyShape shapeOf(const Sections& sections, const ZkeyHeader& header, u64 contributionBytes) {
    const u64 wires = header.nWires, first = u64{header.nPublic} + 1;
    const auto check = [&](ZkeySection section, u64 size) { (void)sections.at(static_cast<u32>(section), size); };
    check(ZkeySection::kIc, first * G1::kBytes);
    check(ZkeySection::kA, wires * G1::kBytes);
    check(ZkeySection::kB1, wires * G1::kBytes);
    check(ZkeySection::kB2, wires * G2::kBytes);
    check(ZkeySection::kL, (wires - first) * G1::kBytes);
    check(ZkeySection::kH, (u64{1} << header.domainPower) * G1::kBytes);
    const Bytes coefficients = sections.at(static_cast<u32>(ZkeySection::kCoefficients));
    const u64 count = coefficients.size() < 4 ? 0 : readU32(coefficients.data());
    check(ZkeySection::kCoefficients, 4 + ZkeyWriter::kCoefficientBytes * count);
    return {header.nWires, header.nPublic, header.domainPower, count, contributionBytes};
  }

  /** L and H divided by the factor. */
  void divide(ZkeyWriter& writer, const Sections& sections, const Fr& factor, const std::string& path) const {
    const Bytes l = sections.at(static_cast<u32>(ZkeySection::kL)), h = sections.at(static_cast<u32>(ZkeySection::kH));
    constexpr std::size_t kPiece = 4 * PointScaler::Worker::kBatch, kBytes = kPiece * G1::kBytes;
    const std::size_t lPieces = (l.size() + kBytes - 1) / kBytes, hPieces = (h.size() + kBytes - 1) / kBytes;
    control_.stage(kMultiplying, (l.size() + h.size()) / G1::kBytes);
    const PointScaler scaler(factor.inverse());
    struct Thread {
      PointScaler::Worker worker;
      std::vector<G1> points;
    };
    parallelWith(
        threads_, lPieces + hPieces, [&] { return Thread{PointScaler::Worker(scaler), {}}; },
        [&](Thread& thread, std::size_t i) {
          control_.check();
          const bool isL = i < lPieces;
          const std::size_t at = (isL ? i : i - lPieces) * kBytes;
          const Bytes from = (isL ? l : h).subspan(at, std::min(kBytes, (isL ? l : h).size() - at));
          const std::size_t count = from.size() / G1::kBytes;
          checkPoints<Fq>(from.data(), count, path);
          thread.points.resize(count);
          std::memcpy(static_cast<void*>(thread.points.data()), from.data(), from.size());
          thread.worker.scale(thread.points.data(), count);
          writer.points(isL ? ZkeySection::kL : ZkeySection::kH, at / G1::kBytes, thread.points.data(), count);
          control_.advance(count);
        });
  }
};

}  // namespace zk
