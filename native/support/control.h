/** How long work is watched and stopped: words shared with JavaScript (an Int32Array over a SharedArrayBuffer), or nothing. */
#pragma once

#include "atomic.h"
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

  bool cancelled() const { return words_ != nullptr && atomicLoad(words_[kCancel]) != 0; }
  /** @throws Error ABORTED */
  void check() const {
    if (cancelled()) throw Error("ABORTED", "cancelled");
  }
  /** Begins a stage, numbered by the operation's own list. total 0 when it cannot be counted. */
  void stage(int number, u64 total = 0) const {
    if (words_ == nullptr) return;
    atomicStore(words_[kDone], 0);
    atomicStore(words_[kTotal], clamp(total));
    atomicStore(words_[kStage], number);
  }
  /** Adds to what is done of the stage; from any thread. */
  void advance(u64 count) const {
    if (words_ != nullptr) atomicAdd(words_[kDone], clamp(count));
  }

 private:
  std::int32_t* words_ = nullptr;

  static std::int32_t clamp(u64 value) { return static_cast<std::int32_t>(value > 0x7fffffff ? 0x7fffffff : value); }
};

}  // namespace zk
