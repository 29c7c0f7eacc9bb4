/**
 * Powers-of-tau files for development: complete and prepared for phase 2, made from a tau, alpha and beta that are known while they are made and
 * forgotten afterwards, so that every point is a multiple of a generator. Their one contribution says what they are.
 */
#pragma once

#include <algorithm>

#include "../setup/fixed-base.h"
#include "../setup/lagrange.h"
#include "../support/section-writer.h"
#include "ptau-contributions.h"
#include "ptau.h"

namespace zk {

class DevelopmentPtau {
 public:
  /** Numbers of the stages of Control. */
  enum Stage : int { kTables = 0, kPoints = 1, kHashing = 2 };
  /** Domains double once more than the power. */
  static constexpr unsigned kMaxPower = kTwoAdicity - 1;
  static constexpr const char* kName = "zkinfer development ptau: not for production";

  /** @param power 1 to kMaxPower @param shownAs the name of the file in errors */
  DevelopmentPtau(unsigned power, const std::string& path, const std::string& shownAs, unsigned threads, const Control& control)
      : power_(power), n_(u64{1} << power), path_(path), shownAs_(shownAs), threads_(threads), control_(control) {
    if (power == 0 || power > kMaxPower) throw Error("INTERNAL", "no powers of tau of this power");
    do tau_ = randomScalar();
    while (tau_.isZero() || tau_.power(U256{{2 * n_, 0, 0, 0}}) == Fr::one());
    do alpha_ = randomScalar();
    while (alpha_.isZero());
    do beta_ = randomScalar();
    while (beta_.isZero());
  }
  ~DevelopmentPtau() {
    wipe(&tau_, sizeof tau_);
    wipe(&alpha_, sizeof alpha_);
    wipe(&beta_, sizeof beta_);
  }
  DevelopmentPtau(const DevelopmentPtau&) = delete;
  DevelopmentPtau& operator=(const DevelopmentPtau&) = delete;

  /** @throws Error IO, ABORTED */
  void write() {
    control_.stage(kTables);
    const FixedBase<Fq> g1(g1Generator(), 12 * n_, threads_, control_);
    const FixedBase<Fq2> g2(g2Generator(), 3 * n_, threads_, control_);
    SectionWriter file(path_, "ptau", 1, layout(), shownAs_);
    FieldBytes header;
    header.word(32).value(Fq::modulus).word(power_).word(power_);
    file.write(PtauSection::kHeader, 0, header.bytes.data(), header.bytes.size());
    Digest challenge;
    writePoints(file, g1, g2, challenge);
    writeContribution(file, challenge);
    file.finish();
  }

 private:
  static constexpr std::size_t kPiece = 1 << 13;

  unsigned power_;
  u64 n_;
  std::string path_, shownAs_;
  unsigned threads_;
  const Control& control_;
  Fr tau_, alpha_, beta_;

  /** Scalars from..to of a section, all in one task. */
  struct Piece {
    u32 section;
    /** Of the first one in the section. */
    u64 place;
    u64 begin, end;
    /** log2 of the domain; -1 for powers. */
    int domain;
    Fr factor;
  };

  u64 sectionSize(u32 section) const {
    switch (section) {
      case PtauSection::kHeader: return 44;
      case PtauSection::kTauG1: return (2 * n_ - 1) * G1::kBytes;
      case PtauSection::kTauG2: return n_ * G2::kBytes;
      case PtauSection::kBetaG2: return G2::kBytes;
      case PtauSection::kContributions: return 4 + contributionFixedBytes + parameters().bytes().size();
      case PtauSection::kLagrangeG1: return (4 * n_ - 1) * G1::kBytes;
      case PtauSection::kLagrangeG2: return (2 * n_ - 1) * G2::kBytes;
      case PtauSection::kLagrangeAlphaG1:
      case PtauSection::kLagrangeBetaG1: return (2 * n_ - 1) * G1::kBytes;
      default: return n_ * G1::kBytes;
    }
  }
  std::vector<SectionWriter::Section> layout() const {
    std::vector<SectionWriter::Section> sections;
    for (const u32 type : {1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15}) sections.push_back({type, sectionSize(type)});
    return sections;
  }

  /** tauG1, tauG2, alphaG1, betaG1, betaG2, a key of 6 and 3 points, a partial hash, a digest. */
  static constexpr u64 contributionFixedBytes = 9 * G1::kBytes + 5 * G2::kBytes + Blake2b::kStateBytes + 64;
  static ContributionParameters parameters() { return {kName, "", 0}; }

  void addPowers(std::vector<Piece>& pieces, u32 section, u64 count, const Fr& factor) const {
    for (u64 at = 0; at < count; at += kPiece) pieces.push_back({section, at, at, std::min(count, at + kPiece), -1, factor});
  }
  void addLagrange(std::vector<Piece>& pieces, u32 section, unsigned highest, const Fr& factor) const {
    for (unsigned p = 0; p <= highest; p++) {
      const u64 size = u64{1} << p;
      for (u64 at = 0; at < size; at += kPiece) {
        pieces.push_back({section, size - 1 + at, at, std::min(size, at + kPiece), static_cast<int>(p), factor});
      }
    }
  }

  void writePoints(SectionWriter& file, const FixedBase<Fq>& g1, const FixedBase<Fq2>& g2, Digest& challenge) const {
    std::vector<Piece> pieces;
    addPowers(pieces, PtauSection::kTauG2, n_, Fr::one());
    addPowers(pieces, PtauSection::kBetaG2, 1, beta_);
    addLagrange(pieces, PtauSection::kLagrangeG2, power_, Fr::one());
    addPowers(pieces, PtauSection::kTauG1, 2 * n_ - 1, Fr::one());
    addPowers(pieces, PtauSection::kAlphaTauG1, n_, alpha_);
    addPowers(pieces, PtauSection::kBetaTauG1, n_, beta_);
    addLagrange(pieces, PtauSection::kLagrangeG1, power_ + 1, Fr::one());
    addLagrange(pieces, PtauSection::kLagrangeAlphaG1, power_, alpha_);
    addLagrange(pieces, PtauSection::kLagrangeBetaG1, power_, beta_);
    u64 total = 0;
    for (const Piece& piece : pieces) total += piece.end - piece.begin;
    control_.stage(kPoints, total);
    parallelTasks(threads_, pieces.size() + 1, [&](std::size_t i) {
      control_.check();
      if (i == 0) {
        challenge = firstPtauChallenge(power_, control_);
        return;
      }
      const Piece& piece = pieces[i - 1];
      if (piece.section == PtauSection::kTauG2 || piece.section == PtauSection::kBetaG2 ||
          piece.section == PtauSection::kLagrangeG2) {
        writePiece(file, g2, piece);
      } else {
        writePiece(file, g1, piece);
      }
      control_.advance(piece.end - piece.begin);
    });
  }

  template <class F>
  void writePiece(SectionWriter& file, const FixedBase<F>& base, const Piece& piece) const {
    std::vector<Fr> scalars(piece.end - piece.begin);
    if (piece.domain < 0) {
      powers(piece, scalars);
    } else {
      lagrange(piece, scalars);
    }
    std::vector<Affine<F>> points(scalars.size());
    typename FixedBase<F>::Multiplier(base).multiply(scalars.data(), scalars.size(), points.data());
    wipe(scalars.data(), scalars.size() * sizeof(Fr));
    file.write(piece.section, piece.place * Affine<F>::kBytes, points.data(), points.size() * Affine<F>::kBytes);
  }

  void powers(const Piece& piece, std::vector<Fr>& out) const {
    Fr power = piece.factor * tau_.power(U256{{piece.begin, 0, 0, 0}});
    for (Fr& scalar : out) {
      scalar = power;
      power *= tau_;
    }
  }

  /** Lagrange values times the factor; of the largest domain, m elements of it, without what tau^(m - 1) gives: tau^(m - 1) w^k / m. */
  void lagrange(const Piece& piece, std::vector<Fr>& out) const {
    const unsigned domain = static_cast<unsigned>(piece.domain);
    LagrangeValues(tau_, domain).evaluate(piece.begin, out.size(), out.data());
    Fr missing = Fr::zero();
    const Fr root = rootOfUnity(domain);
    if (domain > power_) {
      const u64 m = u64{1} << domain;
      missing = tau_.power(U256{{m - 1, 0, 0, 0}}) * root.power(U256{{piece.begin, 0, 0, 0}}) * Fr::from(m).inverse();
    }
    for (Fr& value : out) {
      value = piece.factor * (value - missing);
      missing *= root;
    }
  }

  template <Encoding encoding>
  void hashSections(Blake2b& hash, const Sections& sections) const {
    for (u32 type = PtauSection::kTauG1; type <= PtauSection::kBetaG2; type++) {
      control_.check();
      const Bytes bytes = sections.at(type);
      if (type == PtauSection::kTauG2 || type == PtauSection::kBetaG2) {
        hashPoints<encoding, Fq2>(hash, bytes.data(), bytes.size() / G2::kBytes, threads_);
      } else {
        hashPoints<encoding, Fq>(hash, bytes.data(), bytes.size() / G1::kBytes, threads_);
      }
    }
  }

  void writeContribution(SectionWriter& file, const Digest& challenge) const {
    control_.stage(kHashing);
    const MappedFile written(path_);
    const Sections sections(written.bytes(), "ptau", 1);
    PtauContribution c;
    c.after.tauG1 = G1::load(sections.at(PtauSection::kTauG1).data() + G1::kBytes);
    c.after.tauG2 = G2::load(sections.at(PtauSection::kTauG2).data() + G2::kBytes);
    c.after.alphaG1 = G1::load(sections.at(PtauSection::kAlphaTauG1).data());
    c.after.betaG1 = G1::load(sections.at(PtauSection::kBetaTauG1).data());
    c.after.betaG2 = G2::load(sections.at(PtauSection::kBetaG2).data());
    const Fr* const secrets[3] = {&tau_, &alpha_, &beta_};
    for (u8 factor = 0; factor < 3; factor++) c.proofs[factor] = provePowersKnowledge(factor, challenge, *secrets[factor]);
    Blake2b response;
    response.update(challenge);
    hashSections<Encoding::compressed>(response, sections);
    c.partialHash = response.state();
    Blake2b next;
    next.update(c.responseHash());
    hashSections<Encoding::uncompressed>(next, sections);
    c.nextChallenge = next.digest();
    c.parameters = parameters();
    FieldBytes out;
    const std::vector<u8> bytes = c.bytes();
    out.word(1).raw(bytes.data(), bytes.size());
    file.write(PtauSection::kContributions, 0, out.bytes.data(), out.bytes.size());
  }
};

}  // namespace zk
