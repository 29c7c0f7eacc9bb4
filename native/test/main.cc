/**
 * zkinfer-native-test [--vectors FILE] [--list] [FILTER...]: runs the tests whose name contains one of the filters, or all.
 * Exit code 0 when all passed, 1 when one failed, 2 when none was there to run.
 */
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>

#include "check.h"

namespace zk::test {
namespace {

constexpr int kReported = 5;
std::string vectors;
std::atomic<u64> checks{0}, failures{0};

bool selected(const char* name, const std::vector<std::string>& filters) {
  if (filters.empty()) return true;
  for (const std::string& filter : filters) {
    if (std::strstr(name, filter.c_str()) != nullptr) return true;
  }
  return false;
}

/** Whether a test passed. */
bool run(const Case& test) {
  checks = failures = 0;
  const auto start = std::chrono::steady_clock::now();
  try {
    test.body();
  } catch (const std::exception& error) {
    failures++;
    std::fprintf(stderr, "  threw %s\n", error.what());
  }
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
  const bool passed = failures == 0 && checks > 0;
  std::printf("%s %s: %llu checks, %lld ms", passed ? "ok  " : "FAIL", test.name, static_cast<unsigned long long>(checks.load()),
              static_cast<long long>(ms));
  if (failures > 0) std::printf(", %llu failed", static_cast<unsigned long long>(failures.load()));
  std::printf("\n");
  std::fflush(stdout);
  return passed;
}

}  // namespace

void report(bool passed, const char* file, int line, const char* what) {
  checks++;
  if (passed) return;
  if (failures++ < kReported) std::fprintf(stderr, "  %s:%d: %s\n", file, line, what);
}

const std::string& vectorsPath() { return vectors; }

}  // namespace zk::test

int main(int argc, char** argv) {
  using namespace zk::test;
  std::vector<std::string> filters;
  bool list = false;
  for (int i = 1; i < argc; i++) {
    const std::string argument = argv[i];
    if (argument == "--list") {
      list = true;
    } else if (argument == "--vectors" && i + 1 < argc) {
      vectors = argv[++i];
    } else {
      filters.push_back(argument);
    }
  }
  int ran = 0, failed = 0;
  for (const Case& test : cases()) {
    if (!selected(test.name, filters)) continue;
    ran++;
    if (list) {
      std::printf("%s\n", test.name);
    } else if (!run(test)) {
      failed++;
    }
  }
  if (!list) std::printf("%d tests, %d failed\n", ran, failed);
  return ran == 0 ? 2 : failed > 0 ? 1 : 0;
}
