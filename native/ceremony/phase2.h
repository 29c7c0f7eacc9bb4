/**
 * The proving key with which a circuit's own ceremony begins, from a powers-of-tau file: what snarkjs's `groth16 setup` makes (zkey_new.js), byte
 * for byte but for the order of the sections. alpha and beta are those of the file, gamma and delta are 1.
 */
#pragma once

#include "../setup/zkey-writer.h"
#include "column-sums.h"
#include "hash-to-group.h"
#include "point-table.h"
#include "ptau.h"
#include "snarkjs-difference.h"

namespace zk {

class Phase2 {
 public:
  /** Numbers of the stages of Control. */
  enum Stage : int { kReading = 0, kSumming = 1, kHashing = 2 };

  Phase2(unsigned threads, const Control& control) : threads_(threads), control_(control) {}

  /**
   * Makes the key.
   * @param r1cs @param ptau paths that are read @param zkey path that is written in place @param shownAs its name in errors
   * @throws Error ARTIFACT_MISSING, ARTIFACT_FORMAT, with the path, for what is read; USAGE when the .ptau is too small or not prepared; MODEL_UNSUPPORTED when
   *   the circuit is too large for the curve; IO; ABORTED; std::bad_alloc
   */
  void run(const std::string& r1cs, const std::string& ptau, const std::string& zkey, const std::string& shownAs) const {
    control_.stage(kReading);
    const Ptau powers(ptau);
    const MappedFile file(r1cs);
    const R1cs circuit = aboutFile(r1cs, [&] { return R1cs(file.bytes(), threads_, control_); });
    const ZkeyShape shape = ZkeyShape::of(circuit);
    if (!powers.isPrepared) throw Error("USAGE", "the ptau file is not prepared for phase 2");
    if (powers.power < shape.power) {
      throw Error("USAGE", "the ptau file has power " + std::to_string(powers.power) + ", the circuit needs " +
                               std::to_string(shape.power));
    }
    ZkeyWriter writer(zkey, shape, shownAs);
    const ZkeyHeaderPoints header = headerOf(powers);
    writer.header(header);
    aboutFile(r1cs, [&] { writer.coefficients(circuit, threads_, control_); });
    const MatrixColumns columns = aboutFile(r1cs, [&] { return MatrixColumns(circuit, control_); });
    writePoints(writer, columns, powers);
    control_.stage(kHashing);
    const Digest hash = circuitHash(zkey, shape, header, powers);
    writer.write(ZkeySection::kContributions, 0, hash.data(), hash.size());
    const u32 contributions = 0;
    writer.write(ZkeySection::kContributions, hash.size(), &contributions, sizeof contributions);
    writer.finish();
  }

 private:
  unsigned threads_;
  const Control& control_;

  static ZkeyHeaderPoints headerOf(const Ptau& powers) {
    const auto first = [&]<class F>(u32 section, F) {
      const u8* const bytes = powers.points<F>(section, 1);
      checkPoints<F>(bytes, 1, powers.path());
      return Affine<F>::load(bytes);
    };
    return {first(PtauSection::kAlphaTauG1, Fq{}),
            first(PtauSection::kBetaTauG1, Fq{}),
            first(PtauSection::kBetaG2, Fq2{}),
            g2Generator(),
            g1Generator(),
            g2Generator()};
  }

  template <class F>
  PointTable<F> lagrange(const Ptau& powers, u32 section, unsigned power) const {
    return PointTable<F>(powers.lagrange<F>(section, power), std::size_t{1} << power, powers.path(), threads_, control_);
  }

  void writePoints(ZkeyWriter& writer, const MatrixColumns& columns, const Ptau& powers) const {
    const ZkeyShape& shape = writer.shape();
    const u32 wires = shape.nWires, first = shape.nPublic + 1;
    control_.stage(kSumming, u64{4} * wires + (u64{1} << shape.power));
    writeH(writer, powers);
    const PointTable<Fq> tau = lagrange<Fq>(powers, PtauSection::kLagrangeG1, shape.power);
    const auto sectionOf = [&](ZkeySection section) {
      return [&writer, section](u32 wire, const auto* points, std::size_t count) { writer.points(section, wire, points, count); };
    };
    ColumnSums<Fq>(columns, {{kMatrixA, tau.data()}}, wires).run(threads_, control_, sectionOf(ZkeySection::kA));
    ColumnSums<Fq>(columns, {{kMatrixB, tau.data()}}, wires).run(threads_, control_, sectionOf(ZkeySection::kB1));
    {
      const PointTable<Fq> alpha = lagrange<Fq>(powers, PtauSection::kLagrangeAlphaG1, shape.power);
      const PointTable<Fq> beta = lagrange<Fq>(powers, PtauSection::kLagrangeBetaG1, shape.power);
      ColumnSums<Fq>(columns, {{kMatrixA, beta.data()}, {kMatrixB, alpha.data()}, {kMatrixC, tau.data()}}, wires)
          .run(threads_, control_, [&](u32 wire, const G1* points, std::size_t count) {
            const std::size_t publics = wire < first ? std::min<std::size_t>(count, first - wire) : 0;
            if (publics > 0) writer.points(ZkeySection::kIc, wire, points, publics);
            if (publics < count) writer.points(ZkeySection::kL, wire + publics - first, points + publics, count - publics);
          });
    }
    const PointTable<Fq2> tau2 = lagrange<Fq2>(powers, PtauSection::kLagrangeG2, shape.power);
    ColumnSums<Fq2>(columns, {{kMatrixB, tau2.data()}}, wires).run(threads_, control_, sectionOf(ZkeySection::kB2));
  }

  /** The Lagrange points of the odd places of the doubled domain. */
  void writeH(ZkeyWriter& writer, const Ptau& powers) const {
    const u8* const points = powers.lagrange<Fq>(PtauSection::kLagrangeG1, writer.shape().power + 1);
    parallelFor(threads_, std::size_t{1} << writer.shape().power, 1 << 12, [&](std::size_t begin, std::size_t end) {
      control_.check();
      std::vector<G1> odd(end - begin);
      for (std::size_t i = begin; i < end; i++) odd[i - begin] = G1::load(points + (2 * i + 1) * G1::kBytes);
      checkPoints<Fq>(reinterpret_cast<const u8*>(odd.data()), odd.size(), powers.path());
      writer.points(ZkeySection::kH, begin, odd.data(), odd.size());
      control_.advance(end - begin);
    });
  }

  /** What names the circuit and the ptau file in every contribution. */
  Digest circuitHash(const std::string& path, const ZkeyShape& shape, const ZkeyHeaderPoints& header, const Ptau& powers) const {
    const MappedFile written(path);
    const Sections sections(written.bytes(), "zkey", 1);
    Blake2b hash;
    hashPoint(hash, header.alpha1);
    hashPoint(hash, header.beta1);
    hashPoint(hash, header.beta2);
    hashPoint(hash, header.gamma2);
    hashPoint(hash, header.delta1);
    hashPoint(hash, header.delta2);
    hashSection<Fq>(hash, sections, ZkeySection::kIc);
    hashDifferences(hash, shape.power, powers);
    hashSection<Fq>(hash, sections, ZkeySection::kL);
    hashSection<Fq>(hash, sections, ZkeySection::kA);
    hashSection<Fq>(hash, sections, ZkeySection::kB1);
    hashSection<Fq2>(hash, sections, ZkeySection::kB2);
    return hash.digest();
  }
  template <class F>
  void hashSection(Blake2b& hash, const Sections& sections, ZkeySection section) const {
    control_.check();
    const Bytes bytes = sections.at(static_cast<u32>(section));
    hash.updateU32(static_cast<u32>(bytes.size() / Affine<F>::kBytes));
    hashPoints<Encoding::uncompressed, F>(hash, bytes.data(), bytes.size() / Affine<F>::kBytes, threads_);
  }

  /** tau^(i + n) G1 - tau^i G1 for i < n - 1; where there is more than one block of snarkjs's, for i = n - 1 too. */
  void hashDifferences(Blake2b& hash, unsigned power, const Ptau& powers) const {
    constexpr std::size_t kBlock = 1 << 14;
    const std::size_t n = std::size_t{1} << power;
    const u8* const low = powers.points<Fq>(PtauSection::kTauG1, 2 * n - 1);
    const u8* const high = low + n * G1::kBytes;
    hash.updateU32(static_cast<u32>(n - 1));
    std::vector<G1> points(3 * std::min(n, kBlock));
    for (std::size_t begin = 0; begin < n - 1; begin += kBlock) {
      const std::size_t count = std::min(kBlock, n - 1 - begin);
      parallelFor(threads_, count, 1 << 12, [&](std::size_t from, std::size_t to) {
        control_.check();
        BatchAdder<Fq> adder;
        checkPoints<Fq>(low + (begin + from) * G1::kBytes, to - from, powers.path());
        checkPoints<Fq>(high + (begin + from) * G1::kBytes, to - from, powers.path());
        for (std::size_t i = from; i < to; i++) {
          // Copied, since sections need not lie at even addresses.
          points[i] = G1::load(high + (begin + i) * G1::kBytes);
          points[count + i] = G1::load(low + (begin + i) * G1::kBytes);
          adder.push(tagged(&points[i]), tagged(&points[count + i], true), &points[2 * count + i]);
        }
        adder.flush();
      });
      hashPoints<Encoding::uncompressed, Fq>(hash, reinterpret_cast<const u8*>(&points[2 * count]), count, threads_);
    }
    if (n - 1 > kBlock) hashPoint(hash, lastDifference(low, high, n, powers));
  }
  static G1 lastDifference(const u8* low, const u8* high, std::size_t n, const Ptau& powers) {
    const u8* const end = powers.bytes().data() + powers.bytes().size();
    const u8* const last = high + (n - 1) * G1::kBytes;
    if (end - last < static_cast<std::ptrdiff_t>(G1::kBytes)) throw damaged(powers.path() + ": its sections are in an unknown order");
    const u8* const point = low + (n - 1) * G1::kBytes;
    checkPoints<Fq>(point, 1, powers.path());
    return differenceAsSnarkjs(last, G1::load(point));
  }
};

}  // namespace zk
