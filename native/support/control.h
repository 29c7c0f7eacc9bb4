/** How long work is watched and stopped: words shared with JavaScript (an Int32Array over a SharedArrayBuffer), or nothing. */
#pragma once

#include <atomic>

#include "error.h"
#include "types.h"

namespace zk {

class Control {
 public:
  /** Index of each word. */
  enum Word : int { kCancel = 0, kStage = 1, kDone = 2, kTotal = 3, kWords = 4 };

  Control() = default;
  /** @param words kWords of them, alive as long as this; null for none. */
  explicit Control(std::int32_t* words) : words_(words) {}

  bool cancelled() const { return words_ != nullptr && ref(kCancel).load(std::memory_order_relaxed) != 0; }
  /** @throws Error ABORTED */
  void check() const {
    if (cancelled()) throw Error("ABORTED", "cancelled");
  }
  /** Begins a stage, numbered by the operation's own list. total 0 when it cannot be counted. */
  void stage(int number, u64 total = 0) const {
    if (words_ == nullptr) return;
    ref(kDone).store(0, std::memory_order_relaxed);
    ref(kTotal).store(clamp(total), std::memory_order_relaxed);
    ref(kStage).store(number, std::memory_order_relaxed);
  }
  /** Adds to what is done of the stage; from any thread. */
  void advance(u64 count) const {
    if (words_ != nullptr) ref(kDone).fetch_add(clamp(count), std::memory_order_relaxed);
  }

 private:
  std::int32_t* words_ = nullptr;

  std::atomic_ref<std::int32_t> ref(Word word) const { return std::atomic_ref<std::int32_t>(words_[word]); }
  static std::int32_t clamp(u64 value) { return static_cast<std::int32_t>(value > 0x7fffffff ? 0x7fffffff : value); }
};

}  // namespace zk
