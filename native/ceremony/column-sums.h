/**
 * Sums over the columns of matrices of coefficient times point, the point being one per row: what the points of a proving key are in terms of the
 * Lagrange points of a .ptau. Most coefficients are small, so each is written in signed binary digits: a wire's points are summed digit by digit
 * in batches, and its sums are put together by Horner's rule, many wires at a time.
 */
#pragma once

#include <algorithm>
#include <vector>

#include "../curve/batch-double.h"
#include "../curve/segment-sum.h"
#include "matrix-columns.h"

namespace zk {

/** One matrix and the points of its rows. */
struct ColumnSource {
  Matrix matrix;
  /** Affine points one after the other, at an even address. */
  const u8* points;
};

template <class F>
class ColumnSums {
 public:
  /** A range of wires; or, of one wire with many entries, a range of its entries, counted through all sources. */
  struct Piece {
    u32 begin, end;
    u64 firstEntry, lastEntry;
  };

  /** @param columns @param sources both must outlive this */
  ColumnSums(const MatrixColumns& columns, std::vector<ColumnSource> sources, u32 nWires)
      : columns_(columns), sources_(std::move(sources)) {
    Piece piece{0, 0, 0, 0};
    u64 weight = 0;
    for (u32 wire = 0; wire < nWires; wire++) {
      const u64 own = digitsOf(wire) + 1;
      if (weight > 0 && weight + own > kPieceDigits) {
        pieces_.push_back(piece);
        piece = {wire, wire, 0, 0};
        weight = 0;
      }
      piece.end = wire + 1;
      weight += own;
      if (own <= kPieceDigits) continue;
      split(wire);
      piece = {wire + 1, wire + 1, 0, 0};
      weight = 0;
    }
    if (weight > 0) pieces_.push_back(piece);
  }

  /**
   * Computes all sums.
   * @param write (firstWire, points, count): from any thread, each wire once
   */
  template <class Write>
  void run(unsigned threads, const Control& control, Write&& write) const {
    std::vector<Affine<F>> partial(pieces_.size());
    parallelWith(
        threads, pieces_.size(), [&] { return Worker(*this); },
        [&](Worker& worker, std::size_t i) {
          control.check();
          const Piece& piece = pieces_[i];
          const std::vector<Affine<F>>& sums = worker.compute(piece);
          if (piece.lastEntry == 0) {
            write(piece.begin, sums.data(), sums.size());
            control.advance(sums.size());
          } else {
            partial[i] = sums[0];
          }
        });
    for (std::size_t i = 0; i < pieces_.size();) {
      if (pieces_[i].lastEntry == 0) {
        i++;
        continue;
      }
      const u32 wire = pieces_[i].begin;
      Xyzz<F> sum = Xyzz<F>::infinity();
      for (; i < pieces_.size() && pieces_[i].lastEntry != 0 && pieces_[i].begin == wire; i++) sum += partial[i];
      const Affine<F> point = sum.affine();
      write(wire, &point, 1);
      control.advance(1);
    }
  }

 private:
  static constexpr unsigned kBits = 254;
  /** Digits of a piece; one coefficient more at most. */
  static constexpr u64 kPieceDigits = 1 << 14;
  /** Wires of a piece that are taller than this are computed one by one if they are few. */
  static constexpr unsigned kTall = 24, kFewTall = 24;

  const MatrixColumns& columns_;
  std::vector<ColumnSource> sources_;
  std::vector<Piece> pieces_;

  /** Calls visit(coefficient, point) for a wire's entries from `first` to `last`, counted through all sources. */
  template <class Visit>
  void forEachEntry(u32 wire, u64 first, u64 last, Visit&& visit) const {
    u64 before = 0;
    for (const ColumnSource& source : sources_) {
      const u64 length = columns_.length(source.matrix, wire);
      const MatrixColumns::Entry* const entries = columns_.column(source.matrix, wire);
      const u64 begin = std::max(first, before) - before, end = std::min(last, before + length) - std::min(last, before);
      for (u64 i = begin; i < end; i++) {
        visit(columns_.coefficients()[entries[i].coefficient], source.points + std::size_t{entries[i].row} * Affine<F>::kBytes);
      }
      before += length;
    }
  }
  u64 digitsOf(u32 wire) const {
    u64 digits = 0;
    forEachEntry(wire, 0, ~u64{0}, [&](const SignedCoefficient& c, const u8*) { digits += c.digits; });
    return digits;
  }
  void split(u32 wire) {
    u64 first = 0, at = 0, digits = 0;
    forEachEntry(wire, 0, ~u64{0}, [&](const SignedCoefficient& c, const u8*) {
      at++;
      digits += c.digits;
      if (digits < kPieceDigits) return;
      pieces_.push_back({wire, wire + 1, first, at});
      first = at;
      digits = 0;
    });
    if (at > first) pieces_.push_back({wire, wire + 1, first, at});
  }

  class Worker {
   public:
    explicit Worker(const ColumnSums& sums) : owner_(sums), buckets_(kPieceDigits + kBits) {}

    /** The sums of a piece's wires. */
    const std::vector<Affine<F>>& compute(const Piece& piece) {
      units_.clear();
      used_ = 0;
      const bool isPart = piece.lastEntry != 0;
      for (u32 wire = piece.begin; wire < piece.end; wire++) {
        addWire(wire, piece.firstEntry, isPart ? piece.lastEntry : ~u64{0});
      }
      segments_.finish();
      horner();
      out_.resize(units_.size());
      for (std::size_t i = 0; i < units_.size(); i++) {
        out_[i] = units_[i].count == 0 ? Affine<F>::infinity() : *units_[i].sum(buckets_);
      }
      return out_;
    }

   private:
    /** A wire: its buckets lie in ascending order of their bits; the last one becomes the sum. */
    struct Unit {
      u32 first, count;
      /** Of the highest bucket, and how many buckets are still to be added. */
      u32 top, left;

      Affine<F>* sum(std::vector<Affine<F>>& buckets) const { return &buckets[first + count - 1]; }
    };
    struct Digit {
      u32 bit;
      Tagged point;
    };

    const ColumnSums& owner_;
    SegmentSum<F> segments_;
    BatchAdder<F> adder_;
    BatchDoubler<F> doubler_;
    std::vector<Affine<F>> buckets_, out_;
    /** The bit of every bucket. */
    std::vector<u8> bits_ = std::vector<u8>(kPieceDigits + kBits);
    std::vector<Unit> units_;
    std::vector<Unit*> order_;
    std::vector<Digit> digits_;
    std::vector<Tagged> sorted_;
    u32 used_ = 0;

    void addWire(u32 wire, u64 first, u64 last) {
      digits_.clear();
      u32 start[kBits + 1] = {};
      u32 highest = 0;
      owner_.forEachEntry(wire, first, last, [&](const SignedCoefficient& c, const u8* point) {
        c.forEachDigit([&](unsigned bit, bool negative) {
          digits_.push_back({bit, tagged(point, negative)});
          start[bit + 1]++;
          highest = std::max(highest, bit);
        });
      });
      // A counting sort by bit.
      for (u32 bit = 0; bit < highest + 1; bit++) start[bit + 1] += start[bit];
      sorted_.resize(digits_.size());
      for (const Digit& digit : digits_) sorted_[start[digit.bit]++] = digit.point;
      Unit unit{used_, 0, highest, 0};
      for (u32 bit = 0, at = 0; at < sorted_.size(); bit++) {
        const u32 end = start[bit];  // moved on to the end of its digits
        if (end == at) continue;
        bits_[used_] = static_cast<u8>(bit);
        segments_.begin(&buckets_[used_++]);
        for (; at < end; at++) segments_.add(sorted_[at]);
        unit.count++;
      }
      unit.left = unit.count == 0 ? 0 : unit.count - 1;
      units_.push_back(unit);
    }

    void horner() {
      order_.clear();
      for (Unit& unit : units_) {
        if (unit.count > 0 && unit.top > 0) order_.push_back(&unit);
      }
      std::sort(order_.begin(), order_.end(), [](const Unit* a, const Unit* b) { return a->top > b->top; });
      std::size_t tall = 0;
      while (tall < order_.size() && order_[tall]->top > kTall) tall++;
      if (tall <= kFewTall) {
        for (std::size_t i = 0; i < tall; i++) hornerAlone(*order_[i]);
        order_.erase(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(tall));
      }
      if (order_.empty()) return;
      std::size_t active = 0;
      for (u32 bit = order_[0]->top; bit-- > 0;) {
        while (active < order_.size() && order_[active]->top > bit) active++;
        for (std::size_t i = 0; i < active; i++) doubler_.push(order_[i]->sum(buckets_));
        doubler_.flush();
        for (std::size_t i = 0; i < active; i++) {
          Unit& unit = *order_[i];
          if (unit.left == 0 || bits_[unit.first + unit.left - 1] != bit) continue;
          unit.left--;
          Affine<F>* const sum = unit.sum(buckets_);
          adder_.push(tagged(sum), tagged(&buckets_[unit.first + unit.left]), sum);
        }
        adder_.flush();
      }
    }

    void hornerAlone(const Unit& unit) {
      Xyzz<F> sum = Xyzz<F>::from(*unit.sum(buckets_));
      u32 left = unit.left;
      for (u32 bit = unit.top; bit-- > 0;) {
        sum = sum.doubled();
        if (left > 0 && bits_[unit.first + left - 1] == bit) sum += buckets_[unit.first + --left];
      }
      *unit.sum(buckets_) = sum.affine();
    }
  };
};

}  // namespace zk
