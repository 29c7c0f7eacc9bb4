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
    plan(shorts_, scalars.shorts, threads);
    plan(longs_, scalars.longs, threads);
  }
  Msm(const Msm&) = delete;
  Msm& operator=(const Msm&) = delete;

  /** Appends the tasks, which refer to this. */
  void tasks(std::vector<MsmTask>& out) {
    constexpr double kCost = sizeof(F) > 32 ? 2.6 : 1;
    for (std::size_t piece = 0; piece < unitPieces_.size(); piece++) {
      out.push_back({kCost * kUnits, [this, piece](const Control&) { addUnits(piece); }});
    }
    for (Plan* plan : {&shorts_, &longs_}) {
      for (std::size_t i = 0; i < plan->sums.size(); i++) {
        const DigitTable& table = *plan->table;
        const double additions = static_cast<double>(table.terms.size()) + 2.0 * table.form.highest();
        out.push_back({kCost * additions / plan->parts, [this, plan, i](const Control& control) { addWindow(*plan, i, control); }});
      }
    }
  }

  Xyzz<F> result() const {
    Xyzz<F> total = combined(longs_) + combined(shorts_);
    for (const Affine<F>& piece : unitPieces_) total += piece;
    return total;
  }

 private:
  /** Windows of one class, each in parts by ranges of buckets. */
  struct Plan {
    const DigitTable* table = nullptr;
    unsigned parts = 1;
    std::vector<Xyzz<F>> sums;
  };
  static constexpr std::size_t kUnits = 1 << 14;

  const Bases<F>& bases_;
  const Scalars& scalars_;
  std::vector<Affine<F>> unitPieces_;
  Plan shorts_, longs_;

  static void plan(Plan& plan, const DigitTable& table, unsigned threads) {
    plan.table = &table;
    if (table.terms.size() == 0) return;
    // Enough tasks that no thread waits long for the last one.
    const unsigned windows = table.form.windows();
    while (plan.parts * windows < 6 * threads && plan.parts < 16 && table.form.highest() / plan.parts > 64) plan.parts *= 2;
    plan.sums.assign(std::size_t{windows} * plan.parts, Xyzz<F>::infinity());
  }

  void addUnits(std::size_t piece) {
    const SecretArray<Term>& units = scalars_.units;
    SegmentSum<F>& sums = threadSums<F>();
    sums.begin(&unitPieces_[piece]);
    for (std::size_t i = piece * kUnits; i < std::min(units.size(), (piece + 1) * kUnits); i++) {
      if (bases_.contains(units[i] >> 1)) sums.add(bases_.at(units[i] >> 1, (units[i] & 1) != 0));
    }
    sums.finish();
  }

  void addWindow(Plan& plan, std::size_t i, const Control& control) {
    const DigitTable& table = *plan.table;
    const u32 share = static_cast<u32>(i % plan.parts), step = table.form.highest() / plan.parts;
    const unsigned window = static_cast<unsigned>(i / plan.parts);
    plan.sums[i] = windowSum<F>(bases_, table, window, share * step, (share + 1) * step, control);
  }

  static Xyzz<F> combined(const Plan& plan) {
    Xyzz<F> total = Xyzz<F>::infinity();
    for (std::size_t window = plan.sums.size() / plan.parts; window-- > 0;) {
      for (unsigned k = 0; k < plan.table->form.width(); k++) total = total.doubled();
      for (unsigned share = 0; share < plan.parts; share++) total += plan.sums[window * plan.parts + share];
    }
    return total;
  }
};

/** Runs tasks, the heavy ones first. */
inline void runTasks(std::vector<MsmTask>& tasks, unsigned threads, const Control& control) {
  std::sort(tasks.begin(), tasks.end(), [](const MsmTask& a, const MsmTask& b) { return a.weight > b.weight; });
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
