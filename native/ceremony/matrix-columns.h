/** The matrices of an .r1cs by columns: for every wire, the rows and coefficients that it has. */
#pragma once

#include <array>
#include <vector>

#include "../r1cs/r1cs.h"
#include "../support/large-array.h"

namespace zk {

/** A coefficient c as +-m, m at most (r - 1) / 2, so that small negative ones are small. */
struct SignedCoefficient {
  U256 magnitude;
  bool negative;
  /** Digits that are not 0 in the non-adjacent form of m. */
  u32 digits;

  explicit SignedCoefficient(const U256& c) {
    const U256 opposite = sub(Fr::modulus, c);
    negative = opposite < c;
    magnitude = negative ? opposite : c;
    digits = 0;
    forEachDigit([&](unsigned, bool) { digits++; });
  }

  /** Calls visit(bit, isNegative) for the digits of +-m: c = sum of +-2^bit (Reitwiesner, "Binary arithmetic", 1960). */
  template <class Visit>
  void forEachDigit(Visit&& visit) const {
    const U256 triple = add(add(magnitude, magnitude), magnitude);
    for (unsigned i = 0; i < 4; i++) {
      const u64 changed = triple.w[i] ^ magnitude.w[i];
      for (u64 left = changed; left != 0; left &= left - 1) {
        const unsigned at = static_cast<unsigned>(__builtin_ctzll(left));
        const bool minus = ((magnitude.w[i] >> at) & 1) != 0;
        visit(64 * i + at - 1, minus != negative);
      }
    }
  }
};

class MatrixColumns {
 public:
  struct Entry {
    u32 row;
    /** Into coefficients(). */
    u32 coefficient;
  };

  /**
   * Reads the matrices, and binds the constant one and the public signals in A: row nConstraints + j has wire j.
   * @throws Error ARTIFACT_FORMAT, ABORTED; std::bad_alloc
   */
  MatrixColumns(const R1cs& r1cs, const Control& control) : slots_(1 << 10, kFree) {
    const u64 bound = u64{r1cs.nPublic()} + 1;
    const u32 one = index(u256(0, 0, 0, 1));
    for (unsigned m = 0; m < 3; m++) columns_[m].offsets = LargeArray<u64>(std::size_t{r1cs.nWires} + 2);
    // offsets[j + 2] counts, then offsets[j + 1] is where column j goes on, then offsets[j] its beginning.
    const auto forAll = [&](auto&& visit) {
      for (const R1cs::Piece& piece : r1cs.pieces()) {
        control.check();
        r1cs.forEachEntry(piece, visit);
      }
    };
    forAll([&](u32, Matrix matrix, u32 wire, const U256&) { columns_[matrix].offsets[wire + 2]++; });
    for (u64 j = 0; j < bound; j++) columns_[kMatrixA].offsets[j + 2]++;
    for (Column& column : columns_) {
      for (std::size_t j = 2; j < column.offsets.size(); j++) column.offsets[j] += column.offsets[j - 1];
      column.entries = LargeArray<Entry>(column.offsets[column.offsets.size() - 1]);
    }
    forAll([&](u32 row, Matrix matrix, u32 wire, const U256& coefficient) { put(matrix, wire, {row, index(coefficient)}); });
    for (u32 j = 0; j < bound; j++) put(kMatrixA, j, {r1cs.nConstraints + j, one});
    slots_ = {};
  }

  const std::vector<SignedCoefficient>& coefficients() const { return coefficients_; }
  /** How many entries a wire has in a matrix. */
  u64 length(Matrix matrix, u32 wire) const { return columns_[matrix].offsets[wire + 1] - columns_[matrix].offsets[wire]; }
  const Entry* column(Matrix matrix, u32 wire) const { return columns_[matrix].entries.data() + columns_[matrix].offsets[wire]; }

 private:
  static constexpr u32 kFree = ~u32{0};

  struct Column {
    LargeArray<u64> offsets;
    LargeArray<Entry> entries;
  };
  std::array<Column, 3> columns_;
  std::vector<SignedCoefficient> coefficients_;
  std::vector<U256> values_;
  /** Hash table of indices, open addressing, a power of two in size. */
  std::vector<u32> slots_;

  void put(Matrix matrix, u32 wire, const Entry& entry) {
    u64& at = columns_[matrix].offsets[wire + 1];
    if (at >= columns_[matrix].entries.size()) throw damaged("the constraints have changed while they were read");
    columns_[matrix].entries[at++] = entry;
  }

  std::size_t slotOf(const U256& value) const {
    const u64 mixed = (value.w[0] ^ (value.w[1] << 1) ^ (value.w[2] << 3) ^ (value.w[3] << 2)) * 0x9e3779b97f4a7c15;
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = (mixed >> 20) & mask;
    while (slots_[slot] != kFree && !(values_[slots_[slot]] == value)) slot = (slot + 1) & mask;
    return slot;
  }
  u32 index(const U256& value) {
    std::size_t slot = slotOf(value);
    if (slots_[slot] != kFree) return slots_[slot];
    if (2 * values_.size() >= slots_.size()) {
      slots_.assign(2 * slots_.size(), kFree);
      for (std::size_t i = 0; i < values_.size(); i++) slots_[slotOf(values_[i])] = static_cast<u32>(i);
      slot = slotOf(value);
    }
    if (values_.size() >= kFree) throw Error("MODEL_UNSUPPORTED", "the circuit has too many different coefficients");
    slots_[slot] = static_cast<u32>(values_.size());
    values_.push_back(value);
    coefficients_.emplace_back(value);
    return slots_[slot];
  }
};

}  // namespace zk
