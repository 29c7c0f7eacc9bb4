/** Work on several threads. */
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "types.h"

namespace zk {

/**
 * Calls task(i) for every i less than count, each once, on up to `threads` threads, the calling one among them; they take the next index when
 * they are free. The first exception ends the work early and is thrown here.
 */
template <class Task>
void parallelTasks(unsigned threads, std::size_t count, Task&& task) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex guard;
  auto run = [&]() noexcept {
    for (;;) {
      const std::size_t i = next.fetch_add(1, std::memory_order_relaxed);
      if (i >= count) return;
      try {
        task(i);
      } catch (...) {
        const std::lock_guard<std::mutex> lock(guard);
        if (!failure) failure = std::current_exception();
        next.store(count, std::memory_order_relaxed);
      }
    }
  };
  std::vector<std::thread> others;
  const std::size_t wanted = std::min<std::size_t>(threads == 0 ? 1 : threads, count);
  others.reserve(wanted);
  try {
    for (std::size_t i = 1; i < wanted; i++) others.emplace_back(run);
  } catch (...) {
    // No more threads to be had: go on with those there are.
  }
  run();
  for (std::thread& thread : others) thread.join();
  if (failure) std::rethrow_exception(failure);
}

/** Calls body(begin, end) for pieces of [0, count) of about `piece` elements, in parallel. */
template <class Body>
void parallelFor(unsigned threads, std::size_t count, std::size_t piece, Body&& body) {
  if (count == 0) return;
  const std::size_t pieces = (count + piece - 1) / piece;
  parallelTasks(threads, pieces, [&](std::size_t i) { body(i * piece, std::min(count, (i + 1) * piece)); });
}

/** Calls task(state, i) for every i less than count, each once, with a state of its own for each thread, made by make(). */
template <class Make, class Task>
void parallelWith(unsigned threads, std::size_t count, Make&& make, Task&& task) {
  std::atomic<std::size_t> next{0};
  parallelTasks(threads, std::min<std::size_t>(threads == 0 ? 1 : threads, count), [&](std::size_t) {
    auto state = make();
    try {
      for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) task(state, i);
    } catch (...) {
      next.store(count, std::memory_order_relaxed);
      throw;
    }
  });
}

}  // namespace zk
