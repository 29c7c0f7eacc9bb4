/**
 * Constraints (A w) * (B w) = (C w) of an .r1cs file: iden3's binary format version 1
 * (https://github.com/iden3/r1csfile/blob/master/doc/r1cs_bin_format.md), read where it lies, in pieces that several threads can take.
 */
#pragma once

#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "../field/bn254.h"
#include "../support/control.h"
#include "../support/sections.h"
#include "../support/threads.h"

namespace zk {

enum Matrix : unsigned { kMatrixA = 0, kMatrixB = 1, kMatrixC = 2 };

class R1cs {
 public:
  /** Consecutive constraints. */
  struct Piece {
    u32 firstRow, rows;
    Bytes bytes;
    /** Per matrix: its entries in the pieces before this one, coefficients of 0 not counted. */
    std::array<u64, 3> before;
  };

  u32 nWires = 0, nPubOut = 0, nPubIn = 0, nPrvIn = 0, nConstraints = 0;
  u64 nLabels = 0;

  /**
   * Checks the whole file as src/circom/r1cs.ts does: BN254, no custom gates, wires that exist, canonical coefficients, no byte too many.
   * @param file its bytes, which must stay where they are as long as this is used
   * @throws Error ARTIFACT_FORMAT, ABORTED
   */
  explicit R1cs(Bytes file, unsigned threads = 1, const Control& control = {}) {
    const Sections sections(file, "r1cs", 1);
    for (const u32 customGates : {4u, 5u}) {
      if (sections.has(customGates)) throw damaged("it uses custom gates, which Groth16 has not");
    }
    readHeader(sections.at(1));
    // Wires without a constraint are bounded by the file too, before anything is allocated for them.
    if (sections.has(3) ? sections.at(3).size() != kLabelBytes * nWires
                        : nWires > u64{1} + nPubOut + nPubIn + nPrvIn + sections.at(2).size() / kEntryBytes) {
      throw damaged("it has not as many labels as wires");
    }
    findPieces(sections.at(2), control);
    countEntries(threads, control);
  }

  /** Public signals, the constant one not counted. */
  u32 nPublic() const { return nPubOut + nPubIn; }
  /**
   * log2 of Groth16's evaluation domain as snarkjs chooses it: the constraints and one row for each public signal and the constant one.
   */
  unsigned domainPower() const {
    const u64 rows = u64{nConstraints} + nPublic() + 1;
    return std::max(1, static_cast<int>(std::bit_width(rows - 1)));
  }
  /** Entries of a matrix, coefficients of 0 not counted. */
  u64 entries(Matrix matrix) const { return totals_[matrix]; }
  const std::vector<Piece>& pieces() const { return pieces_; }

  /**
   * Calls visit(row, matrix, wire, coefficient) for every entry of a piece in the file's order: by rows, of each A, B, C. wire is less than
   * nWires, coefficient a canonical integer and not 0. Checks again, so that a file changed meanwhile does no harm.
   * @throws Error ARTIFACT_FORMAT
   */
  template <class Visit>
  void forEachEntry(const Piece& piece, Visit&& visit) const {
    const u8* at = piece.bytes.data();
    const u8* const end = at + piece.bytes.size();
    for (u32 row = piece.firstRow; row < piece.firstRow + piece.rows; row++) {
      for (unsigned matrix = 0; matrix < 3; matrix++) {
        if (end - at < 4) throw tooLong(row);
        const u64 count = readU32(at);
        at += 4;
        if (count > static_cast<u64>(end - at) / kEntryBytes) throw tooLong(row);
        for (const u8* const stop = at + count * kEntryBytes; at < stop; at += kEntryBytes) {
          const u32 wire = readU32(at);
          U256 coefficient;
          std::memcpy(&coefficient, at + 4, 32);
          if (wire >= nWires) throw damaged("constraint " + std::to_string(row) + " names a wire that does not exist");
          if (!(coefficient < Fr::modulus)) {
            throw damaged("constraint " + std::to_string(row) + " has a coefficient that is not a field element");
          }
          if (!coefficient.isZero()) visit(row, static_cast<Matrix>(matrix), wire, coefficient);
        }
      }
    }
    if (at != end) throw damaged("the constraints have changed while they were read");
  }

 private:
  static constexpr u64 kEntryBytes = 36, kLabelBytes = 8;
  static constexpr std::size_t kHeaderBytes = 64;
  /** A piece ends when it has so many rows or bytes. */
  static constexpr u32 kPieceRows = 4096;
  static constexpr u64 kPieceBytes = 1 << 20;

  std::vector<Piece> pieces_;
  std::array<u64, 3> totals_{};

  void readHeader(Bytes bytes) {
    if (bytes.size() < kHeaderBytes) throw damaged("it ends too early");
    U256 prime;
    std::memcpy(&prime, bytes.data() + 4, 32);
    if (readU32(bytes.data()) != 32 || !(prime == Fr::modulus)) throw damaged("it is not over the scalar field of BN254");
    const u8* at = bytes.data() + 36;
    nWires = readU32(at);
    nPubOut = readU32(at + 4);
    nPubIn = readU32(at + 8);
    nPrvIn = readU32(at + 12);
    nLabels = readU64(at + 16);
    nConstraints = readU32(at + 24);
    if (nLabels >> 53 != 0) throw damaged("a length is too large");
    if (nWires < u64{1} + nPubOut + nPubIn + nPrvIn) throw damaged("it has fewer wires than inputs and outputs");
  }

  /** One pass over the lengths of rows, which alone tell where rows are. */
  void findPieces(Bytes bytes, const Control& control) {
    if (nConstraints > bytes.size() / 12) throw damaged("it announces more constraints than it holds");
    u64 at = 0, begin = 0;
    u32 firstRow = 0;
    for (u32 row = 0; row < nConstraints; row++) {
      for (int matrix = 0; matrix < 3; matrix++) {
        if (bytes.size() - at < 4) throw damaged("it ends too early");
        const u64 count = readU32(bytes.data() + at);
        at += 4;
        if (count > (bytes.size() - at) / kEntryBytes) throw tooLong(row);
        at += count * kEntryBytes;
      }
      const u32 rows = row + 1 - firstRow;
      if (rows == kPieceRows || at - begin >= kPieceBytes || row + 1 == nConstraints) {
        pieces_.push_back({firstRow, rows, bytes.subspan(begin, at - begin), {}});
        firstRow = row + 1;
        begin = at;
        control.check();
      }
    }
    if (at != bytes.size()) throw damaged("the constraints are followed by other bytes");
  }

  void countEntries(unsigned threads, const Control& control) {
    parallelTasks(threads, pieces_.size(), [&](std::size_t i) {
      control.check();
      std::array<u64, 3> counts{};
      forEachEntry(pieces_[i], [&](u32, Matrix matrix, u32, const U256&) { counts[matrix]++; });
      pieces_[i].before = counts;
    });
    for (Piece& piece : pieces_) {
      for (unsigned matrix = 0; matrix < 3; matrix++) {
        const u64 count = piece.before[matrix];
        piece.before[matrix] = totals_[matrix];
        totals_[matrix] += count;
      }
    }
  }

  static Error tooLong(u32 row) { return damaged("constraint " + std::to_string(row) + " is longer than the file"); }
};

}  // namespace zk
