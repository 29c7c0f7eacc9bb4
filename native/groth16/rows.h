/** The matrices A and B of a key, by rows, and their products with witnesses. */
#pragma once

#include <array>
#include <limits>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../field/bn254.h"
#include "../support/control.h"
#include "../support/large-array.h"
#include "../support/sections.h"
#include "../support/threads.h"

namespace zk {

/** Values of wires that fit 32 bits, which most do: bits, pixels, accumulators. */
class NarrowWitness {
 public:
  static constexpr std::int32_t kWide = std::numeric_limits<std::int32_t>::min();

  /** @param values of 32 bytes, canonical integers; alive as long as this */
  NarrowWitness(const u8* values, u32 count, unsigned threads)
      : values_(values), narrow_(SecretArray<std::int32_t>::uninitialized(count)) {
    parallelFor(threads, count, 16384, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; i++) narrow_[i] = narrow(full(static_cast<u32>(i)));
    });
  }
  /** A value in (-2^31, 2^31), or kWide. */
  std::int32_t operator[](u32 wire) const { return narrow_[wire]; }
  U256 full(u32 wire) const {
    U256 x;
    std::memcpy(&x, values_ + std::size_t{32} * wire, 32);
    return x;
  }

 private:
  const u8* values_;
  SecretArray<std::int32_t> narrow_;

  static std::int32_t narrow(const U256& x) {
    constexpr u64 limit = u64{1} << 31;
    if ((x.w[1] | x.w[2] | x.w[3]) == 0) return x.w[0] < limit ? static_cast<std::int32_t>(x.w[0]) : kWide;
    const U256 y = sub(Fr::modulus, x);
    if ((y.w[1] | y.w[2] | y.w[3]) == 0 && y.w[0] < limit) return -static_cast<std::int32_t>(y.w[0]);
    return kWide;
  }
};

class MatrixRows {
 public:
  /**
   * Indexes a .zkey's section 4: a count, then for each coefficient matrix (0 for A, 1 for B), row, wire and value times R^2. Rows may come in
   * any order; what comes twice is added. Takes 8 bytes a coefficient and a row, and 64 for each different value of more than 30 bits.
   * @param rowCount rows of each matrix @throws Error ARTIFACT_FORMAT
   */
  MatrixRows(Bytes section, u32 rowCount, u32 nWires, unsigned threads)
      : rowCount_(rowCount), nWires_(nWires), section_(section), ends_(std::size_t{2} * rowCount) {
    if (section.size() < 4) throw damaged("its coefficients are truncated");
    const u32 count = readU32(section.data());
    if (section.size() != 4 + kCoefficient * count) throw damaged("its coefficients do not fill their section");
    entries_ = LargeArray<Entry>::uninitialized(count);
    parallelFor(threads, count, kPiece, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; i++) atomicAdd(ends_[line(i)], 1);
    });
    u32 total = 0;
    for (std::size_t i = 0; i < ends_.size(); i++) ends_[i] = std::exchange(total, total + ends_[i]);
    Values values(table_);
    parallelFor(threads, count, kPiece, [&](std::size_t begin, std::size_t end) { place(begin, end, values); });
    table_.shrink_to_fit();
    section_ = {};
  }

  u32 rowCount() const { return rowCount_; }
  u32 nWires() const { return nWires_; }
  std::size_t memoryBytes() const { return ends_.bytes() + entries_.bytes() + table_.size() * sizeof(Value); }

  /** Products of rows [first, first + count) with a witness of nWires values, as integers less than r. */
  void evaluate(const NarrowWitness& witness, std::size_t first, std::size_t count, U256* a, U256* b) const {
    std::size_t begin = first == 0 ? 0 : ends_[2 * first - 1];
    for (std::size_t i = 0; i < count; i++) {
      const std::size_t middle = ends_[2 * (first + i)], end = ends_[2 * (first + i) + 1];
      a[i] = product(witness, begin, middle);
      b[i] = product(witness, middle, end);
      begin = end;
    }
  }

 private:
  static constexpr std::size_t kCoefficient = 44, kPiece = 16384;
  __extension__ typedef __int128 i128;

  /** code: twice a value in [-2^30, 2^30), or twice an index of the table and 1. */
  struct Entry {
    u32 wire;
    std::int32_t code;
  };
  struct Value {
    U256 integer;
    Fr element;
  };

  u32 rowCount_, nWires_;
  Bytes section_;
  /** Where the entries of A's row i (at 2i) and B's (at 2i + 1) end in entries_. */
  LargeArray<u32> ends_;
  LargeArray<Entry> entries_;
  std::vector<Value> table_;

  struct Hash {
    std::size_t operator()(const std::array<u64, 4>& x) const {
      return static_cast<std::size_t>(((x[0] * 3 + x[1]) * 5 + (x[2] * 7 + x[3])) * 0x9e3779b97f4a7c15 >> 20);
    }
  };
  /** Codes of values, shared by threads. */
  class Values {
   public:
    explicit Values(std::vector<Value>& table) : table_(table) {}
    std::int32_t code(const std::array<u64, 4>& raw) {
      const Fr element = {Fr{U256{{raw[0], raw[1], raw[2], raw[3]}}}.integer()};
      const U256 x = element.integer(), y = sub(Fr::modulus, x);
      constexpr u64 limit = u64{1} << 30;
      if ((x.w[1] | x.w[2] | x.w[3]) == 0 && x.w[0] < limit) return static_cast<std::int32_t>(x.w[0]) * 2;
      if ((y.w[1] | y.w[2] | y.w[3]) == 0 && y.w[0] <= limit) return -static_cast<std::int32_t>(y.w[0]) * 2;
      const std::lock_guard<std::mutex> lock(guard_);
      const auto [at, fresh] = known_.try_emplace(raw, static_cast<u32>(table_.size()));
      if (fresh) {
        if (table_.size() >= limit) throw damaged("its coefficients have too many different values");
        table_.push_back({x, element});
      }
      return static_cast<std::int32_t>(at->second * 2 + 1);
    }

   private:
    std::mutex guard_;
    std::unordered_map<std::array<u64, 4>, u32, Hash> known_;
    std::vector<Value>& table_;
  };

  /** Checked index in ends_ of a coefficient. */
  std::size_t line(std::size_t i) const {
    const u8* at = section_.data() + 4 + kCoefficient * i;
    const u32 matrix = readU32(at), row = readU32(at + 4);
    if (matrix > 1 || row >= rowCount_) throw damaged("a coefficient lies outside the matrices");
    return std::size_t{2} * row + matrix;
  }

  void place(std::size_t begin, std::size_t end, Values& values) {
    // Values come again soon: a small cache before the shared table.
    struct Slot {
      std::array<u64, 4> raw;
      std::int32_t code;
    };
    std::vector<Slot> cache(1024, Slot{{0, 0, 0, 0}, 0});
    for (std::size_t i = begin; i < end; i++) {
      const u8* at = section_.data() + 4 + kCoefficient * i;
      const u32 wire = readU32(at + 8);
      std::array<u64, 4> raw;
      std::memcpy(raw.data(), at + 12, 32);
      if (wire >= nWires_) throw damaged("a coefficient has a wire that is not there");
      if (!Fr::load(raw.data()).isCanonical()) throw damaged("a coefficient is not reduced");
      Slot& slot = cache[Hash{}(raw) % cache.size()];
      if (slot.raw != raw) slot = {raw, values.code(raw)};
      const u32 position = atomicAdd(ends_[line(i)], 1);
      if (position >= entries_.size()) throw damaged("its coefficients changed while they were read");
      entries_[position] = {wire, slot.code};
    }
  }

  U256 product(const NarrowWitness& witness, std::size_t begin, std::size_t end) const {
    i128 sum = 0;
    Fr rest = Fr::zero();
    for (std::size_t i = begin; i < end; i++) {
      const Entry e = entries_[i];
      const std::int32_t v = witness[e.wire];
      if ((e.code & 1) == 0 && v != NarrowWitness::kWide) {
        sum += static_cast<i64>(e.code >> 1) * v;
      } else if (v != 0) {
        rest += wide(witness, e, v);
      }
    }
    if (sum == 0) return rest.m;
    const u128 size = static_cast<u128>(sum < 0 ? -sum : sum);
    const Fr narrow = {u256(0, 0, static_cast<u64>(size >> 64), static_cast<u64>(size))};
    return (sum < 0 ? rest - narrow : rest + narrow).m;
  }
  /** A product of which one factor is wide, as an integer in the place of a Montgomery form. */
  Fr wide(const NarrowWitness& witness, const Entry& e, std::int32_t v) const {
    if ((e.code & 1) != 0) {
      const Value& value = table_[static_cast<u32>(e.code) >> 1];
      if (v == 1) return {value.integer};
      if (v == NarrowWitness::kWide) return value.element * Fr{witness.full(e.wire)};
      const Fr size = {u256(0, 0, 0, static_cast<u64>(v < 0 ? -i64{v} : v))};
      return v < 0 ? (value.element * size).negate() : value.element * size;
    }
    const Fr x = {witness.full(e.wire)};
    if (e.code == 2) return x;
    if (e.code == -2) return x.negate();
    return Fr::fromSigned(e.code >> 1) * x;
  }
};

}  // namespace zk
