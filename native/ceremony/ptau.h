/**
 * Powers-of-tau files as snarkjs has them (powersoftau_new.js, powersoftau_preparephase2.js). With N = 2^power, over all sections points are
 * affine in Montgomery form:
 *
 *   2  tau^i G1, i < 2N - 1     4  alpha tau^i G1, i < N     6  beta G2
 *   3  tau^i G2, i < N          5  beta tau^i G1, i < N      7  contributions
 *
 * and, once it is prepared for phase 2, for every domain of 2^p elements, p = 0, ..., power, one after the other, the Lagrange polynomials of the
 * domain at tau: 12 in G1 (one more, p = power + 1, made as if tau^(2N - 1) were 0), 13 in G2, 14 times alpha, 15 times beta in G1.
 */
#pragma once

#include <string>

#include "../curve/points.h"
#include "../support/mapped-file.h"
#include "../support/sections.h"

namespace zk {

struct PtauSection {
  enum : u32 {
    kHeader = 1,
    kTauG1,
    kTauG2,
    kAlphaTauG1,
    kBetaTauG1,
    kBetaG2,
    kContributions,
    kLagrangeG1 = 12,
    kLagrangeG2,
    kLagrangeAlphaG1,
    kLagrangeBetaG1
  };
};

class Ptau {
 public:
  /** @throws Error ARTIFACT_MISSING, IO; ARTIFACT_FORMAT, with the path, when it is no .ptau over BN254 or is cut */
  explicit Ptau(const std::string& path) : path_(path), file_(path), sections_(aboutFile(path, [&] { return Sections(file_.bytes(), "ptau", 1); })) {
    aboutFile(path, [&] {
      const u8* header = sections_.at(PtauSection::kHeader, 44).data();
      if (readU32(header) != 32 || std::memcmp(header + 4, &Fq::modulus, 32) != 0) throw damaged("it is not over BN254");
      const u32 found = readU32(header + 36);
      if (found == 0 || found > kTwoAdicity) throw damaged("its power " + std::to_string(found) + " makes no sense");
      power = found;
      ceremonyPower = readU32(header + 40);
      if (ceremonyPower < power || ceremonyPower > kTwoAdicity) throw damaged("the power of its ceremony makes no sense");
      isPrepared = sections_.has(PtauSection::kLagrangeG1);
    });
  }

  unsigned power = 0;
  /** Of the ceremony that it was cut out of. */
  unsigned ceremonyPower = 0;
  bool isPrepared = false;

  const std::string& path() const { return path_; }
  /** The whole section. @throws Error ARTIFACT_FORMAT when there is none */
  Bytes section(u32 type) const {
    return aboutFile(path_, [&] { return sections_.at(type); });
  }
  /** The first `count` points of a section. @throws Error ARTIFACT_FORMAT when there are fewer */
  template <class F>
  const u8* points(u32 type, u64 count) const {
    return range<F>(type, 0, count);
  }
  /** The Lagrange points of the domain of 2^p elements. @throws Error ARTIFACT_FORMAT when they are not there */
  template <class F>
  const u8* lagrange(u32 type, unsigned p) const {
    return range<F>(type, (u64{1} << p) - 1, u64{1} << p);
  }
  /** Bytes of the whole file. */
  Bytes bytes() const { return file_.bytes(); }

 private:
  std::string path_;
  MappedFile file_;
  Sections sections_;

  template <class F>
  const u8* range(u32 type, u64 first, u64 count) const {
    return aboutFile(path_, [&] {
      const Bytes bytes = sections_.at(type);
      if (bytes.size() / Affine<F>::kBytes < first + count) throw damaged("section " + std::to_string(type) + " is too short");
      return bytes.data() + first * Affine<F>::kBytes;
    });
  }
};

}  // namespace zk
