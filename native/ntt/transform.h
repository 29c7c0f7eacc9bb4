/**
 * Groth16's quotient by evaluations: from values of A and B on the domain to A B - C on its coset (odd 2n-th roots of unity), C = A B on the
 * domain. Three inverse transforms, products with powers of the coset's generator, three forward transforms, fused: an array is a matrix of
 * rows, memory is passed over once for the upper layers of each direction (tiles of columns that fit the second cache level) and once for the
 * lower layers of both (row by row), as in Bailey, "FFTs in external or hierarchical memory", 1990, with no transposition.
 */
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "../support/control.h"
#include "scalar-kernel.h"

namespace zk {

template <class Kernel>
class QuotientTransform {
 public:
  using Unit = typename Kernel::Unit;

  /** Makes tables for domains of 2^power elements: at least Kernel::kLog + 3 where units are vectors, at most kMaxPower. */
  QuotientTransform(unsigned power, unsigned threads) : power_(power), tables_(power, threads) {
    const unsigned rowPower = power <= 8 ? power : std::min(12u, std::max(8u, power - 6));
    rowLog_ = rowPower - Kernel::kLog;
    rowsLog_ = power - rowPower;
    stride_ = rowUnits() + (rowsLog_ == 0 ? 0 : Kernel::kPad);
  }

  /** The one for this size, made when it is first asked for and freed with its last owner. Thread safe. */
  static std::shared_ptr<const QuotientTransform> shared(unsigned power, unsigned threads) {
    static std::mutex guard;
    static std::map<unsigned, std::weak_ptr<const QuotientTransform>> known;
    const std::lock_guard<std::mutex> lock(guard);
    std::shared_ptr<const QuotientTransform> found = known[power].lock();
    if (!found) known[power] = found = std::make_shared<const QuotientTransform>(power, threads);
    return found;
  }

  /** Of the tables. */
  std::size_t bytes() const { return tables_.bytes(); }
  /** Of the arrays that a run needs for itself. */
  std::size_t workBytes() const { return 3 * units() * sizeof(Unit); }

  /**
   * @param values values(first, count, a, b) writes A and B at `count` points of the domain from `first` on, as integers less than r; called
   *     from several threads
   * @param out 2^power integers: A B - C at the points of the coset, in natural order
   * @throws Error ABORTED
   */
  template <class Values>
  void run(Values&& values, unsigned threads, const Control& control, U256* out) const {
    SecretArray<Unit> arrays[3];
    for (SecretArray<Unit>& array : arrays) array = SecretArray<Unit>::uninitialized(units());
    Unit* const polys[3] = {arrays[0].data(), arrays[1].data(), arrays[2].data()};
    fill(polys, values, threads, control);
    transform(polys, threads, control, out);
    for (SecretArray<Unit>& array : arrays) array.clear(threads);
  }

  /** What `run` does with the arrays when they are filled. */
  void transform(Unit* const polys[3], unsigned threads, const Control& control, U256* out) const {
    const unsigned groups = (rowsLog_ + kGroupLog - 1) / kGroupLog;
    auto border = [&](unsigned group) { return group * rowsLog_ / groups; };
    for (unsigned g = 0; g < groups; g++) columns<true>(polys, border(g), border(g + 1), threads, control, nullptr);
    parallelTasks(threads, std::size_t{1} << rowsLog_, [&](std::size_t row) {
      control.check();
      Unit* const at[3] = {polys[0] + row * stride_, polys[1] + row * stride_, polys[2] + row * stride_};
      for (Unit* p : at) descend(p, 1, 1, rowLog_, row);
      Kernel::middle(at, row << rowLog_, rowUnits(), tables_);
      for (Unit* p : at) ascend(p, 1, 1, rowLog_, row);
      if (groups == 0) Kernel::finish(at[0], at[1], at[2], rowUnits(), out);
    });
    for (unsigned g = groups; g-- > 0;) columns<false>(polys, border(g), border(g + 1), threads, control, g == 0 ? out : nullptr);
  }

  /** Fills arrays of `arrayUnits()` units. */
  template <class Values>
  void fill(Unit* const polys[3], Values&& values, unsigned threads, const Control& control) const {
    constexpr std::size_t width = std::size_t{1} << Kernel::kLog;
    const std::size_t row = rowUnits(), piece = std::min<std::size_t>(row, 512 / width);
    parallelFor(threads, row << rowsLog_, piece, [&](std::size_t begin, std::size_t end) {
      control.check();
      U256 a[width], b[width];
      for (std::size_t i = begin; i < end; i++) {
        const std::size_t at = (i >> rowLog_) * stride_ + (i & (row - 1));
        values(i * width, width, a, b);
        Kernel::store(a, b, polys[0][at], polys[1][at], polys[2][at]);
      }
    });
  }
  std::size_t arrayUnits() const { return units(); }

 private:
  static constexpr unsigned kGroupLog = 10;
  /** What a tile of columns of all three arrays may take of the second cache level. */
  static constexpr std::size_t kTileBytes = std::size_t{384} << 10;

  unsigned power_, rowLog_, rowsLog_;
  std::size_t stride_;
  typename Kernel::Tables tables_;

  std::size_t rowUnits() const { return std::size_t{1} << rowLog_; }
  std::size_t units() const { return stride_ << rowsLog_; }

  /** Layers [from, to) of the upper ones, by tiles: rows that these layers combine, and some columns. */
  template <bool down>
  void columns(Unit* const polys[3], unsigned from, unsigned to, unsigned threads, const Control& control, U256* out) const {
    const unsigned log = to - from, stepLog = rowsLog_ - to;
    std::size_t width = std::bit_floor(std::max<std::size_t>(1, kTileBytes / 3 / sizeof(Unit) >> log));
    width = std::min(width, rowUnits());
    const std::size_t tiles = rowUnits() / width, step = stride_ << stepLog;
    parallelTasks(threads, tiles << (from + stepLog), [&](std::size_t task) {
      control.check();
      const std::size_t set = task / tiles, column = task % tiles * width;
      const std::size_t block = set >> stepLog, offset = set & ((std::size_t{1} << stepLog) - 1);
      const std::size_t row = (block << (log + stepLog)) + offset;
      for (int k = 0; k < 3; k++) {
        Unit* const at = polys[k] + row * stride_ + column;
        if constexpr (down) {
          descend(at, step, width, log, block);
        } else {
          ascend(at, step, width, log, block);
        }
      }
      if (out == nullptr) return;
      for (std::size_t i = 0; i < std::size_t{1} << log; i++) {
        const std::size_t at = (row + (i << stepLog)) * stride_ + column, unit = ((row + (i << stepLog)) << rowLog_) + column;
        Kernel::finish(polys[0] + at, polys[1] + at, polys[2] + at, width, out + (unit << Kernel::kLog));
      }
    });
  }

  /** `log` layers of the inverse transform on 2^log rows of `width` units, `step` apart, which together are a block (or columns of one). */
  void descend(Unit* base, std::size_t step, std::size_t width, unsigned log, std::size_t block) const {
    for (unsigned done = 0; done < log;) {
      const unsigned radix = (log - done) % 2 == 1 ? 1 : 2;
      layer(radix == 1 ? &Kernel::down2 : &Kernel::down4, base, step, width, log - done - radix, radix, done, block);
      done += radix;
    }
  }
  /** Undoes `descend`, up to a factor of 2^log. */
  void ascend(Unit* base, std::size_t step, std::size_t width, unsigned log, std::size_t block) const {
    for (unsigned left = log; left > 0;) {
      const unsigned radix = left == 1 ? 1 : 2;
      left -= radix;
      layer(radix == 1 ? &Kernel::up2 : &Kernel::up4, base, step, width, log - left - radix, radix, left, block);
    }
  }

  using LayerKernel = void (*)(Unit*, std::size_t, std::size_t, const typename Kernel::Tables&, std::size_t);
  /** One pass over 2^blocksLog blocks, each of 2^radix parts of 2^partLog rows. */
  void layer(LayerKernel kernel, Unit* base, std::size_t step, std::size_t width, unsigned partLog, unsigned radix, unsigned blocksLog,
             std::size_t block) const {
    const std::size_t part = std::size_t{1} << partLog;
    // Adjacent rows are one run.
    const std::size_t runs = step == width ? 1 : part, count = step == width ? part * width : width;
    for (std::size_t j = 0; j < std::size_t{1} << blocksLog; j++) {
      Unit* const first = base + (j << (partLog + radix)) * step;
      for (std::size_t i = 0; i < runs; i++) kernel(first + i * step, part * step, count, tables_, (block << blocksLog) + j);
    }
  }
};

}  // namespace zk
