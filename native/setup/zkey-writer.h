/**
 * Writes Groth16 proving keys in snarkjs's .zkey format: sections 1 to 10, points affine in Montgomery form, little endian. All sizes are known
 * from the beginning, so the parts can be written in any order and by several threads.
 */
#pragma once

#include <array>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "../curve/points.h"
#include "../r1cs/coefficient-forms.h"
#include "../r1cs/r1cs.h"
#include "../support/output-file.h"

namespace zk {

/** The sections of a .zkey. L is C in snarkjs: of the wires that are not public. */
enum class ZkeySection : u32 { kProtocol = 1, kHeader, kIc, kCoefficients, kA, kB1, kB2, kL, kH, kContributions };

struct ZkeyShape {
  u32 nWires = 0, nPublic = 0;
  unsigned power = 0;
  /** Entries of A and B, and the rows that bind the public signals. */
  u64 coefficients = 0;
  /** Bytes of section 10. */
  u64 contributionBytes = 68;

  /** @throws Error MODEL_UNSUPPORTED when the curve or the format has no room for the circuit */
  static ZkeyShape of(const R1cs& r1cs) {
    const ZkeyShape shape = {r1cs.nWires, r1cs.nPublic(), r1cs.domainPower(),
                             r1cs.entries(kMatrixA) + r1cs.entries(kMatrixB) + r1cs.nPublic() + 1};
    // The points of section 9 are those of the doubled domain.
    if (shape.power >= kTwoAdicity) {
      throw Error("MODEL_UNSUPPORTED",
                  "the circuit needs a domain of 2^" + std::to_string(shape.power) + ", more than the curve has");
    }
    if (shape.coefficients > std::numeric_limits<u32>::max()) {
      throw Error("MODEL_UNSUPPORTED", "the circuit has more coefficients than a .zkey can hold");
    }
    return shape;
  }
};

/** The points of a .zkey's header, in its order. */
struct ZkeyHeaderPoints {
  G1 alpha1, beta1;
  G2 beta2, gamma2;
  G1 delta1;
  G2 delta2;
};

class ZkeyWriter {
 public:
  static constexpr std::size_t kCoefficientBytes = 44;

  /**
   * Opens the file and lays it out.
   * @param shownAs the name in errors, where that is not the path
   * @throws Error IO
   */
  ZkeyWriter(const std::string& path, const ZkeyShape& shape, const std::string& shownAs = "")
      : file_(path, shownAs), shape_(shape) {
    const u64 wires = shape.nWires, first = u64{shape.nPublic} + 1;
    const u64 sizes[kSections] = {4,
                                  kHeaderBytes,
                                  first * G1::kBytes,
                                  4 + kCoefficientBytes * shape.coefficients,
                                  wires * G1::kBytes,
                                  wires * G1::kBytes,
                                  wires * G2::kBytes,
                                  (wires - first) * G1::kBytes,
                                  (u64{1} << shape.power) * G1::kBytes,
                                  shape.contributionBytes};
    u64 at = 12;
    for (u32 i = 0; i < kSections; i++) {
      extents_[i] = {at + 12, sizes[i]};
      at += 12 + sizes[i];
    }
    file_.reserve(at);
    const Fields<12> start = Fields<12>().word(0x79656b7a).word(1).word(kSections);  // "zkey", version 1
    file_.write(0, start.bytes, sizeof start.bytes);
    for (u32 i = 0; i < kSections; i++) {
      const Fields<12> head = Fields<12>().word(i + 1).word(static_cast<u32>(sizes[i])).word(static_cast<u32>(sizes[i] >> 32));
      file_.write(extents_[i].offset - 12, head.bytes, sizeof head.bytes);
    }
    write(ZkeySection::kProtocol, 0, Fields<4>().word(1).bytes, 4);  // Groth16
    write(ZkeySection::kCoefficients, 0, Fields<4>().word(static_cast<u32>(shape.coefficients)).bytes, 4);
  }

  const ZkeyShape& shape() const { return shape_; }

  void header(const ZkeyHeaderPoints& points) {
    Fields<kHeaderBytes> fields;
    fields.word(32).put(Fq::modulus).word(32).put(Fr::modulus);
    fields.word(shape_.nWires).word(shape_.nPublic).word(u32{1} << shape_.power);
    fields.put(points.alpha1).put(points.beta1).put(points.beta2).put(points.gamma2).put(points.delta1).put(points.delta2);
    write(ZkeySection::kHeader, 0, fields.bytes, kHeaderBytes);
  }

  /** Writes points of a section from its first-th point on; from any thread. @throws Error IO */
  template <class F>
  void points(ZkeySection section, u64 first, const Affine<F>* points, std::size_t count) {
    static_assert(sizeof(Affine<F>) == Affine<F>::kBytes);
    write(section, first * Affine<F>::kBytes, points, count * Affine<F>::kBytes);
  }

  /** Writes bytes of a section; from any thread. @throws Error IO */
  void write(ZkeySection section, u64 offset, const void* data, std::size_t size) {
    const Extent& extent = extents_[static_cast<u32>(section) - 1];
    if (offset > extent.size || size > extent.size - offset) throw Error("INTERNAL", "a section of the key has another length");
    file_.write(extent.offset + offset, data, size);
  }

  /**
   * Writes section 4: for every entry of A and B, and for the rows that bind the public signals, (matrix, row, wire, value). Values are stored
   * times R^2, R = 2^256: a Montgomery product with a plain witness value then is in Montgomery form.
   * @throws Error IO, ABORTED, ARTIFACT_FORMAT
   */
  void coefficients(const R1cs& r1cs, unsigned threads, const Control& control) {
    parallelTasks(threads, r1cs.pieces().size(), [&](std::size_t i) {
      control.check();
      const R1cs::Piece& piece = r1cs.pieces()[i];
      CoefficientForms forms;
      std::vector<u8> bytes;
      bytes.reserve(piece.bytes.size() / 2 * 3);
      r1cs.forEachEntry(piece, [&](u32 row, Matrix matrix, u32 wire, const U256& coefficient) {
        if (matrix != kMatrixC) append(bytes, matrix, row, wire, forms.of(coefficient).timesR2);
      });
      write(ZkeySection::kCoefficients, 4 + kCoefficientBytes * (piece.before[kMatrixA] + piece.before[kMatrixB]), bytes.data(),
            bytes.size());
    });
    std::vector<u8> rows;
    for (u32 wire = 0; wire <= shape_.nPublic; wire++) append(rows, kMatrixA, r1cs.nConstraints + wire, wire, Fr::R2);
    write(ZkeySection::kCoefficients, 4 + kCoefficientBytes * (r1cs.entries(kMatrixA) + r1cs.entries(kMatrixB)), rows.data(),
          rows.size());
  }

  /** Flushes to the disk and closes. @throws Error IO */
  void finish() { file_.finish(); }

 private:
  static constexpr u32 kSections = 10;
  static constexpr std::size_t kHeaderBytes = 2 * 36 + 3 * 4 + 3 * G1::kBytes + 3 * G2::kBytes;

  struct Extent {
    u64 offset, size;
  };

  /** Bytes gathered one field after the other. */
  template <std::size_t size>
  struct Fields {
    u8 bytes[size];
    std::size_t filled = 0;

    Fields& word(u32 value) { return put(value); }
    template <class Value>
    Fields& put(const Value& value) {
      static_assert(std::is_trivially_copyable_v<Value>);
      if (sizeof value > size - filled) throw Error("INTERNAL", "too many fields");
      std::memcpy(bytes + filled, &value, sizeof value);
      filled += sizeof value;
      return *this;
    }
  };

  OutputFile file_;
  ZkeyShape shape_;
  std::array<Extent, kSections> extents_{};

  static void append(std::vector<u8>& bytes, Matrix matrix, u32 row, u32 wire, const U256& value) {
    Fields<kCoefficientBytes> entry;
    entry.word(matrix).word(row).word(wire).put(value);
    bytes.insert(bytes.end(), entry.bytes, entry.bytes + kCoefficientBytes);
  }
};

}  // namespace zk
