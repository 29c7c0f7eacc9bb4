#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <string>
#include <thread>

#include "../support/atomic.h"
#include "../support/control.h"
#include "../support/large-array.h"
#include "../support/stage-gate.h"
#include "check.h"

namespace zk::test {
namespace {

constexpr std::size_t kSizes[] = {0, 1, 3, 1000, (std::size_t{1} << 20) + 5};

template <class Array>
void checkZeros() {
  for (const std::size_t size : kSizes) {
    for (int round = 0; round < 2; round++) {  // the second one takes the memory of the first
      Array array(size);
      CHECK(array.size() == size && array.bytes() == 8 * size);
      CHECK((array.data() == nullptr) == (size == 0));
      CHECK(reinterpret_cast<std::uintptr_t>(array.data()) % 64 == 0);
      CHECK(std::all_of(array.data(), array.data() + size, [](u64 x) { return x == 0; }));
      std::fill_n(array.data(), size, ~u64{0});
    }
  }
}

}  // namespace

TEST("large arrays: zeros at first") {
  checkZeros<LargeArray<u64>>();
  checkZeros<SecretArray<u64>>();
}

TEST("large arrays: moved, cleared on several threads") {
  for (const std::size_t size : kSizes) {
    SecretArray<u64> array = SecretArray<u64>::uninitialized(size);
    for (std::size_t i = 0; i < size; i++) array[i] = i;
    const u64* const data = array.data();
    SecretArray<u64> other(std::move(array));
    CHECK(other.data() == data && other.size() == size);
    CHECK(array.data() == nullptr && array.size() == 0);
    array = SecretArray<u64>(5);
    std::swap(array, other);
    CHECK(array.data() == data && array.size() == size && other.size() == 5);
    CHECK(size == 0 || array[size - 1] == size - 1);
    array.clear(3);
    CHECK(array.data() == nullptr && array.size() == 0);
    array.clear(3);
  }
}

TEST("large arrays: too large") {
  const auto refused = [](std::size_t size) {
    try {
      (void)LargeArray<u64>::uninitialized(size);
      return false;
    } catch (const std::bad_alloc&) {
      return true;
    }
  };
  CHECK(refused(std::numeric_limits<std::size_t>::max()));
  CHECK(refused(std::numeric_limits<std::size_t>::max() / 8 + 2));
}

TEST("wiped memory and vectors") {
  std::vector<u8> bytes(1000, 1);
  wipe(bytes.data() + 1, 997);
  CHECK(bytes[0] == 1 && bytes[998] == 1 && std::count(bytes.begin(), bytes.end(), 0) == 997);
  wipe(bytes);
  CHECK(bytes.empty() && bytes.capacity() == 0);
  wipe(bytes);
  wipe(nullptr, 0);
}

TEST("stage gate: half of the calls are inside, and all get there") {
  for (const int calls : {1, 2, 3, 5}) {
    StageGate gate;
    std::int32_t words[Control::kWords] = {};
    std::atomic<int> inside{0}, most{0}, done{0};
    std::vector<std::unique_ptr<StageGate::Call>> under;
    for (int i = 0; i < calls; i++) under.push_back(std::make_unique<StageGate::Call>(gate));
    std::vector<std::thread> threads;
    for (int i = 0; i < calls; i++) {
      threads.emplace_back([&] {
        for (int k = 0; k < 50; k++) {
          const StageGate::Stay stay(gate, Control(words));
          const int now = ++inside;
          for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
          }
          std::this_thread::yield();
          inside--;
          done++;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(done == 50 * calls);
    CHECK(most >= 1 && most <= (calls + 1) / 2);
  }
}

TEST("stage gate: who waits can be cancelled") {
  StageGate gate;
  const StageGate::Call first(gate), second(gate);
  std::int32_t words[Control::kWords] = {};
  const StageGate::Stay stay(gate, Control(words));
  atomicStore(words[Control::kCancel], 1);
  bool isCancelled = false;
  try {
    const StageGate::Stay other(gate, Control(words));
  } catch (const Error& error) {
    isCancelled = std::string(error.code()) == "ABORTED";
  }
  CHECK(isCancelled);
}

TEST("words that threads share") {
  u32 word = 5;
  parallelTasks(4, 1000, [&](std::size_t) { atomicAdd(word, 2); });
  CHECK(atomicLoad(word) == 2005);
  CHECK(atomicAdd(word, 1) == 2005);
  std::int32_t negative = 0;
  atomicStore(negative, -3);
  CHECK(atomicLoad(negative) == -3);
}

}  // namespace zk::test
