/**
 * Multiples of one point by many scalars: tables of the multiples in every window of bits, and the chosen entries summed with batch-affine
 * additions, many scalars at a time (Brickell, Gordon, McCurley and Wilson, "Fast exponentiation with precomputation", EUROCRYPT 92, with signed
 * digits).
 */
#pragma once

#include <algorithm>
#include <vector>

#include "../curve/batch-add.h"
#include "../support/control.h"
#include "../support/large-array.h"
#include "../support/random.h"
#include "../support/threads.h"

namespace zk {

template <class F>
class FixedBase {
 public:
  /**
   * Makes the tables.
   * @param expected about how many scalars there will be: sets the width of the windows
   * @param bits their width, 2 to 17; 0 to choose
   * @throws Error ABORTED
   */
  FixedBase(const Affine<F>& base, u64 expected, unsigned threads, const Control& control, unsigned bits = 0)
      : bits_(bits == 0 ? cheapestWindow(expected) : bits), windows_(windowCount(bits_)) {
    for (unsigned window = 0; window + 1 < windows_; window++) {
      const unsigned bit = (window + 1) * bits_ - 1;
      bias_.w[bit / 64] |= u64{1} << (bit % 64);
    }
    const std::size_t size = std::size_t{1} << (bits_ - 1);
    tables_ = LargeArray<Affine<F>>(size * windows_);
    Xyzz<F> power = Xyzz<F>::from(base);
    for (unsigned window = 0; window < windows_; window++) {
      tables_[window * size] = power.affine();
      for (unsigned i = 0; i < bits_; i++) power = power.doubled();
    }
    parallelTasks(threads, windows_, [&](std::size_t window) {
      control.check();
      // From the first m multiples the next m.
      Affine<F>* const table = &tables_[window * size];
      BatchAdder<F> adder;
      for (std::size_t m = 1; m < size; m *= 2) {
        for (std::size_t i = 0; i < m; i++) adder.push(tagged(&table[m - 1]), tagged(&table[i]), &table[m + i]);
        adder.flush();
      }
    });
  }

  unsigned windowBits() const { return bits_; }
  std::size_t tableBytes() const { return tables_.size() * sizeof(Affine<F>); }

  /** What one thread needs to multiply. */
  class Multiplier {
   public:
    explicit Multiplier(const FixedBase& base) : base_(base), digits_(kBatch), sums_(kBatch) {}
    ~Multiplier() { wipe(digits_.data(), digits_.size() * sizeof(U256)); }
    Multiplier(const Multiplier&) = delete;
    Multiplier& operator=(const Multiplier&) = delete;

    /**
     * out[i] = scalars[i] times the base; infinity for 0. Zero digits cost nothing, so small scalars are cheap.
     * @param out need not be aligned beyond what Affine asks for
     */
    void multiply(const Fr* scalars, std::size_t count, Affine<F>* out) {
      for (std::size_t at = 0; at < count; at += kBatch) batch(scalars + at, std::min(kBatch, count - at), out + at);
    }

   private:
    static constexpr std::size_t kBatch = BatchAdder<F>::kBatch;

    const FixedBase& base_;
    BatchAdder<F> adder_;
    std::vector<U256> digits_;
    /** Where the sum so far is: nowhere (0, infinity), in a table, or at its place of the output. */
    std::vector<Tagged> sums_;

    void batch(const Fr* scalars, std::size_t count, Affine<F>* out) {
      for (std::size_t i = 0; i < count; i++) {
        digits_[i] = add(scalars[i].integer(), base_.bias_);
        sums_[i] = 0;
      }
      for (unsigned window = 0; window < base_.windows_; window++) {
        for (std::size_t i = 0; i < count; i++) {
          const Tagged multiple = base_.multiple(digits_[i], window);
          if (multiple == 0) continue;
          if (sums_[i] == 0) {
            sums_[i] = multiple;
          } else {
            adder_.push(sums_[i], multiple, &out[i]);
            sums_[i] = tagged(&out[i]);
          }
        }
        adder_.flush();
      }
      for (std::size_t i = 0; i < count; i++) {
        if (sums_[i] == 0) {
          out[i] = Affine<F>::infinity();
        } else if (sums_[i] != tagged(&out[i])) {
          out[i] = pointAt<F>(sums_[i]);
        }
      }
    }
  };

 private:
  static constexpr unsigned kScalarBits = 254;
  /** Larger tables save additions, and lose as much by waiting for memory. */
  static constexpr std::size_t kMaxTableBytes = std::size_t{4} << 20;

  unsigned bits_, windows_;
  /** Half of each window but the last: a window of scalar + bias is its signed digit and that half, so that digits need no carries. */
  U256 bias_{};
  /** Of each window of bits its multiples 1, ..., 2^(bits - 1). */
  LargeArray<Affine<F>> tables_;

  /** Windows whose last one holds its digit without a sign. */
  static unsigned windowCount(unsigned bits) { return (kScalarBits + bits) / bits; }

  static std::size_t tableSize(unsigned bits) { return sizeof(Affine<F>) * windowCount(bits) << (bits - 1); }

  /** Width for the fewest additions, those of making the tables included. */
  static unsigned cheapestWindow(u64 expected) {
    const auto cost = [&](unsigned bits) { return windowCount(bits) * (expected + (u64{1} << (bits - 1))); };
    unsigned best = 2;
    for (unsigned bits = 3; bits <= 17 && tableSize(bits) <= kMaxTableBytes; bits++) {
      if (cost(bits) < cost(best)) best = bits;
    }
    return best;
  }

  /** The multiple that a window of a biased scalar asks for; 0 for none. */
  Tagged multiple(const U256& biased, unsigned window) const {
    const i64 raw = biased.bits(window * bits_, bits_), middle = i64{1} << (bits_ - 1);
    const i64 digit = window + 1 < windows_ ? raw - middle : raw;
    if (digit == 0) return 0;
    const Affine<F>* const table = &tables_[static_cast<std::size_t>(window) << (bits_ - 1)];
    return tagged(&table[(digit < 0 ? -digit : digit) - 1], digit < 0);
  }
};

}  // namespace zk
