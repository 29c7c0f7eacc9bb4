/** Many points of G1 times one scalar: all take the same steps, each of them a batch of affine additions. */
#pragma once

#include <algorithm>
#include <vector>

#include "batch-double.h"
#include "endomorphism.h"

namespace zk {

class PointScaler {
 public:
  /** @param scalar kept in a form that is not constant time */
  explicit PointScaler(const Fr& scalar) {
    const ScalarHalves halves(scalar);
    addDigits(halves.first, halves.firstNegative, 0);
    addDigits(halves.second, halves.secondNegative, 1);
  }
  ~PointScaler() { std::fill(steps_.begin(), steps_.end(), Step{}); }
  PointScaler(const PointScaler&) = delete;
  PointScaler& operator=(const PointScaler&) = delete;

  /** What one thread needs. */
  class Worker {
   public:
    /** Points at a time: their multiples fit into the cache. */
    static constexpr std::size_t kBatch = 1024;

    explicit Worker(const PointScaler& scaler) : scaler_(scaler), table_(2 * kOdd * kBatch), twice_(kBatch) {}

    /** Multiplies in place. */
    void scale(G1* points, std::size_t count) {
      for (std::size_t at = 0; at < count; at += kBatch) batch(points + at, std::min(kBatch, count - at));
    }

   private:
    const PointScaler& scaler_;
    BatchAdder<Fq> adder_;
    BatchDoubler<Fq> doubler_;
    /** Multiples 1, 3, 5, ... of every point, and of its image under the endomorphism. */
    std::vector<G1> table_;
    std::vector<G1> twice_;

    G1* row(unsigned half, unsigned odd) { return &table_[(half * kOdd + odd) * kBatch]; }

    void prepare(const G1* points, std::size_t count) {
      for (std::size_t i = 0; i < count; i++) {
        row(0, 0)[i] = twice_[i] = points[i];
        doubler_.push(&twice_[i]);
      }
      doubler_.flush();
      for (unsigned odd = 1; odd < kOdd; odd++) {
        for (std::size_t i = 0; i < count; i++) adder_.push(tagged(&row(0, odd - 1)[i]), tagged(&twice_[i]), &row(0, odd)[i]);
        adder_.flush();
      }
      for (unsigned odd = 0; odd < kOdd; odd++) {
        for (std::size_t i = 0; i < count; i++) row(1, odd)[i] = Endomorphism::apply(row(0, odd)[i]);
      }
    }

    void batch(G1* points, std::size_t count) {
      prepare(points, count);
      std::fill(points, points + count, G1::infinity());
      bool started = false;
      for (const Step& step : scaler_.steps_) {
        if (started) {
          for (std::size_t i = 0; i < count; i++) doubler_.push(&points[i]);
          doubler_.flush();
        }
        for (unsigned half = 0; half < 2; half++) {
          const int digit = step.digit[half];
          if (digit == 0) continue;
          const G1* const multiples = row(half, static_cast<unsigned>(digit < 0 ? -digit : digit) / 2);
          for (std::size_t i = 0; i < count; i++) {
            if (started) {
              adder_.push(tagged(&points[i]), tagged(&multiples[i], digit < 0), &points[i]);
            } else {
              points[i] = digit < 0 ? multiples[i].negate() : multiples[i];
            }
          }
          if (started) adder_.flush();
          started = true;
        }
      }
    }
  };

 private:
  /** Digits are odd and less than 2^(kWidth - 1) in size, or 0. */
  static constexpr unsigned kWidth = 4;
  static constexpr unsigned kOdd = 1u << (kWidth - 2);
  static constexpr std::size_t kSteps = 132;

  /** After a doubling: digits of both halves. */
  struct Step {
    int digit[2] = {0, 0};
  };
  std::vector<Step> steps_ = std::vector<Step>(kSteps);

  /** The non-adjacent form of a width (Solinas, "Efficient arithmetic on Koblitz curves", 2000), the highest digit first. */
  void addDigits(U256 value, bool negative, unsigned half1) {
    for (std::size_t i = kSteps; i-- > 0 && !value.isZero();) {
      int digit = 0;
      if (value.bit(0)) {
        digit = static_cast<int>(value.bits(0, kWidth));
        if (digit >= (1 << (kWidth - 1))) digit -= 1 << kWidth;
        const U256 size = u256(0, 0, 0, static_cast<u64>(digit < 0 ? -digit : digit));
        value = digit < 0 ? add(value, size) : sub(value, size);
      }
      steps_[i].digit[half1] = negative ? -digit : digit;
      value = half(value);
    }
  }
};

}  // namespace zk
