/** Proving keys in snarkjs's .zkey format (https://github.com/iden3/snarkjs, zkey_utils.js), used where they lie, mapped, but for the points H. */
#pragma once

#include <memory>
#include <string>

#include "../msm/bases.h"
#include "../msm/scalars.h"
#include "../support/mapped-file.h"
#include "../support/sections.h"
#include "quotient.h"

namespace zk {

/** What a .zkey says of its circuit, and the points of its header. gamma is not used in proving. */
struct ZkeyHeader {
  static constexpr std::size_t kBytes = 4 + 32 + 4 + 32 + 12 + 3 * 64 + 3 * 128;

  u32 nWires, nPublic;
  unsigned domainPower;
  G1 alpha1, beta1, delta1;
  G2 beta2, gamma2, delta2;

  /** @throws Error ARTIFACT_FORMAT when it is no Groth16 key over BN254, or its sizes make no sense */
  explicit ZkeyHeader(const Sections& sections) {
    if (readU32(sections.at(1, 4).data()) != 1) throw damaged("it is no Groth16 key");
    const u8* at = sections.at(2, kBytes).data();
    const auto field = [&](const U256& modulus) {
      if (readU32(at) != 32 || std::memcmp(at + 4, &modulus, 32) != 0) throw damaged("it is not over BN254");
      at += 36;
    };
    field(Fq::modulus);
    field(Fr::modulus);
    nWires = readU32(at);
    nPublic = readU32(at + 4);
    const u32 domain = readU32(at + 8);
    at += 12;
    if (domain == 0 || (domain & (domain - 1)) != 0 || domain > (u32{1} << (kTwoAdicity - 1))) {
      throw damaged("its domain has " + std::to_string(domain) + " elements");
    }
    domainPower = static_cast<unsigned>(__builtin_ctz(domain));
    if (nWires == 0 || nWires >= kMaxScalars || nPublic >= nWires) throw damaged("its numbers of wires make no sense");
    const auto take = [&](auto& point) {
      point = std::remove_reference_t<decltype(point)>::load(at);
      at += std::remove_reference_t<decltype(point)>::kBytes;
      if (!point.isCanonical() || point.isInfinity() || !isOnCurve(point)) throw damaged("a point of its header is invalid");
    };
    take(alpha1);
    take(beta1);
    take(beta2);
    take(gamma2);
    take(delta1);
    take(delta2);
  }
};

class ProvingKey {
 public:
  /** Maps a file. @throws Error ARTIFACT_MISSING, IO, ARTIFACT_FORMAT */
  static std::shared_ptr<const ProvingKey> open(const std::string& path, unsigned threads) {
    auto file = std::make_shared<MappedFile>(path);
    const Bytes bytes = file->bytes();
    return std::make_shared<const ProvingKey>(bytes, std::move(file), threads);
  }
  /** Takes a copy of the bytes. @throws Error ARTIFACT_FORMAT */
  static std::shared_ptr<const ProvingKey> copy(Bytes bytes, unsigned threads) {
    auto own = std::make_shared<std::vector<u8>>(bytes.begin(), bytes.end());
    const Bytes copied(*own);
    return std::make_shared<const ProvingKey>(copied, std::move(own), threads);
  }

  /** @param owner keeps the bytes alive */
  ProvingKey(Bytes bytes, std::shared_ptr<const void> owner, unsigned threads)
      : owner_(std::move(owner)),
        sections_(bytes, "zkey", 1),
        header(sections_),
        quotient(sections_.at(4), header.domainPower, header.nWires, threads),
        a(points<Fq>(5, header.nWires), 0, threads),
        b1(points<Fq>(6, header.nWires), 0, threads),
        b2(points<Fq2>(7, header.nWires), 0, threads),
        c(points<Fq>(8, header.nWires - header.nPublic - 1), header.nPublic + 1, threads),
        h(points<Fq>(9, u64{1} << header.domainPower), 0, threads, Bases<Fq>::kCopied),
        mappedBytes_(bytes.size()) {
    (void)points<Fq>(3, header.nPublic + 1);
  }

 private:
  std::shared_ptr<const void> owner_;
  Sections sections_;

 public:
  const ZkeyHeader header;
  const QuotientPlan quotient;
  /** Points per wire; c for the private ones alone; h per domain element. */
  const Bases<Fq> a, b1;
  const Bases<Fq2> b2;
  const Bases<Fq> c, h;

  /** Memory of its own, besides the mapped file. */
  std::size_t memoryBytes() const {
    return quotient.memoryBytes() + a.memoryBytes() + b1.memoryBytes() + b2.memoryBytes() + c.memoryBytes() + h.memoryBytes();
  }
  std::size_t mappedBytes() const { return mappedBytes_; }

 private:
  std::size_t mappedBytes_;

  template <class F>
  Bytes points(u32 section, u64 count) const {
    return sections_.at(section, count * Affine<F>::kBytes);
  }
};

}  // namespace zk
