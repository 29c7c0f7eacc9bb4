/** A stage of long work that takes much memory, for some calls of the process at a time. */
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "control.h"

namespace zk {

/**
 * At most half of the calls that are under way are in the stage at a time (one where there is one). Calls that spend less than half of their time
 * in it hardly wait: after the first, their stages fall apart by themselves.
 */
class StageGate {
 public:
  /** A call under way. */
  class Call {
   public:
    explicit Call(StageGate& gate) : gate_(gate) { gate_.count(gate_.calls_, 1); }
    ~Call() { gate_.count(gate_.calls_, -1); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    StageGate& gate_;
  };

  /** Its stay in the stage. */
  class Stay {
   public:
    /** Waits for room. @throws Error ABORTED */
    Stay(StageGate& gate, const Control& control) : gate_(gate) {
      std::unique_lock<std::mutex> lock(gate_.guard_);
      while (gate_.inside_ >= (gate_.calls_ + 1) / 2) {
        gate_.changed_.wait_for(lock, std::chrono::milliseconds(50));
        control.check();
      }
      gate_.inside_++;
    }
    ~Stay() { gate_.count(gate_.inside_, -1); }
    Stay(const Stay&) = delete;
    Stay& operator=(const Stay&) = delete;

   private:
    StageGate& gate_;
  };

 private:
  std::mutex guard_;
  std::condition_variable changed_;
  int calls_ = 0, inside_ = 0;

  void count(int& which, int by) {
    {
      const std::lock_guard<std::mutex> lock(guard_);
      which += by;
    }
    changed_.notify_all();
  }
};

}  // namespace zk
