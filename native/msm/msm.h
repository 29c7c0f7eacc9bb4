/** Multi-scalar multiplications, several at a time over one pool of threads. */
#pragma once

#include <functional>

#include "windows.h"

namespace zk {

/** Work in pieces that may run in any order on any thread; `weight` is its rough cost. */
struct MsmTask {
  double weight;
  std::function<void(const Control&)> run;
};

/**
 * The sum of scalar_i * base_i. Makes tasks; when all have run, `result` gives the sum.
 */
template <class F>
class Msm {
 public:
  /** @param bases @param scalars both must outlive this @param threads how many will share the tasks */
  Msm(const Bases<F>& bases, const Scalars& scalars, unsigned threads) : bases_(bases), scalars_(scalars) {
    const std::size_t units = scalars.units.size();
    unitPieces_.resize((units + kUnits - 1) / kUnits);
    plan(shorts_, Scalars::kShortBits, scalars.shorts.terms.size(), threads);
    plan(longs_, Scalars::kLongBits, scalars.longs.terms.size(), threads);
  }
  Msm(const Msm&) = delete;
  Msm& operator=(const Msm&) = delete;

  /** Appends the tasks, which refer to this. */
  void tasks(std::vector<MsmTask>& out) {
    constexpr double kCost = sizeof(F) > 32 ? 2.6 : 1;
    for (std::size_t piece = 0; piece < unitPieces_.size(); piece++) {
      out.push_back({kCost * kUnits, [this, piece](const Control&) { addUnits(piece); }});
    }
    const auto windowTasks = [&](auto& plan, const auto& part) {
      for (std::size_t i = 0; i < plan.sums.size(); i++) {
        const double weight = kCost * (static_cast<double>(part.terms.size()) + 2.0 * plan.digits.highest()) / plan.parts;
        out.push_back({weight, [this, &plan, &part, i](const Control& control) { addWindow(plan, part, i, control); }});
      }
    };
    windowTasks(shorts_, scalars_.shorts);
    windowTasks(longs_, scalars_.longs);
  }

  Xyzz<F> result() const {
    Xyzz<F> total = combined(longs_) + combined(shorts_);
    for (const Affine<F>& piece : unitPieces_) total += piece;
    return total;
  }

 private:
  /** Windows of one class, each in parts by ranges of buckets. */
  struct Plan {
    Digits digits{1, 2};
    unsigned width = 2;
    unsigned parts = 1;
    std::vector<Xyzz<F>> sums;
  };
  static constexpr std::size_t kUnits = 1 << 14;

  const Bases<F>& bases_;
  const Scalars& scalars_;
  std::vector<Affine<F>> unitPieces_;
  Plan shorts_, longs_;

  static void plan(Plan& plan, unsigned bits, std::size_t count, unsigned threads) {
    if (count == 0) return;
    plan.width = Digits::bestWidth(bits, count);
    plan.digits = Digits(bits, plan.width);
    // Enough tasks that no thread waits long for the last one.
    const unsigned windows = plan.digits.windows();
    while (plan.parts * windows < 6 * threads && plan.parts < 16 && plan.digits.highest() / plan.parts > 64) plan.parts *= 2;
    plan.sums.assign(std::size_t{windows} * plan.parts, Xyzz<F>::infinity());
  }

  void addUnits(std::size_t piece) {
    const std::vector<Term>& units = scalars_.units;
    SegmentSum<F>& sums = threadSums<F>();
    sums.begin(&unitPieces_[piece]);
    for (std::size_t i = piece * kUnits; i < std::min(units.size(), (piece + 1) * kUnits); i++) {
      if (bases_.contains(units[i] >> 1)) sums.add(bases_.at(units[i] >> 1, (units[i] & 1) != 0));
    }
    sums.finish();
  }

  template <class Part>
  void addWindow(Plan& plan, const Part& part, std::size_t i, const Control& control) {
    control.check();
    const unsigned window = static_cast<unsigned>(i / plan.parts), share = static_cast<unsigned>(i % plan.parts);
    const u32 step = plan.digits.highest() / plan.parts;
    plan.sums[i] = windowSum<F>(
        bases_, part.terms, share * step, (share + 1) * step,
        [&](std::size_t term) { return plan.digits.digit(part.magnitudes[term], window); }, control);
  }

  static Xyzz<F> combined(const Plan& plan) {
    Xyzz<F> total = Xyzz<F>::infinity();
    for (std::size_t window = plan.sums.size() / plan.parts; window-- > 0;) {
      for (unsigned k = 0; k < plan.width; k++) total = total.doubled();
      for (unsigned share = 0; share < plan.parts; share++) total += plan.sums[window * plan.parts + share];
    }
    return total;
  }
};

/** Runs tasks, the heavy ones first. */
inline void runTasks(std::vector<MsmTask>& tasks, unsigned threads, const Control& control) {
  std::stable_sort(tasks.begin(), tasks.end(), [](const MsmTask& a, const MsmTask& b) { return a.weight > b.weight; });
  parallelTasks(threads, tasks.size(), [&](std::size_t i) {
    control.check();
    tasks[i].run(control);
    control.advance(1);
  });
}

/** One multi-scalar multiplication alone. */
template <class F>
Xyzz<F> msm(const Bases<F>& bases, const Scalars& scalars, unsigned threads, const Control& control = {}) {
  Msm<F> work(bases, scalars, threads);
  std::vector<MsmTask> tasks;
  work.tasks(tasks);
  runTasks(tasks, threads, control);
  return work.result();
}

}  // namespace zk
