/** What tests need: TEST("name") { ... } registers one wherever its file is linked in, CHECK(condition) says file and line where it fails. */
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "../field/bn254.h"
#include "../field/fp2.h"

namespace zk::test {

struct Case {
  const char* name;
  void (*body)();
};

inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}
struct Registrar {
  Registrar(const char* name, void (*body)()) { cases().push_back({name, body}); }
};

/** Counts, and reports the first few failures of a test; from any thread. */
void report(bool passed, const char* file, int line, const char* what);

/** Where this run's vectors are; empty when none were given. */
const std::string& vectorsPath();

/** Random numbers that are the same in every run of a test: its own generator begins with the seed given. */
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  u64 word() { return engine_(); }
  u64 below(u64 bound) { return engine_() % bound; }
  /** 256 random bits; limbs of zeros and of ones are frequent. */
  U256 integer() {
    U256 x{};
    for (u64& w : x.w) {
      const u64 kind = word() % 8;
      w = kind == 0 ? 0 : kind == 1 ? ~u64{0} : word();
    }
    return x;
  }
  template <class F>
  F element() {
    U256 x = integer();
    while (!(x < F::modulus)) x = sub(x, F::modulus);
    return F{x};
  }
  Fq2 element2() { return {element<Fq>(), element<Fq>()}; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace zk::test

#define ZK_JOIN2(a, b) a##b
#define ZK_JOIN(a, b) ZK_JOIN2(a, b)
#define TEST(name)                                                                                          \
  static void ZK_JOIN(zkTest, __LINE__)();                                                                  \
  static const ::zk::test::Registrar ZK_JOIN(zkRegistrar, __LINE__){name, ZK_JOIN(zkTest, __LINE__)}; \
  static void ZK_JOIN(zkTest, __LINE__)()

#define CHECK(...) ::zk::test::report(static_cast<bool>(__VA_ARGS__), __FILE__, __LINE__, #__VA_ARGS__)
/** Whether an expression throws zk::Error with this code. */
#define CHECK_THROWS(expression, expected)                          \
  do {                                                              \
    bool thrown = false;                                            \
    try {                                                           \
      (void)(expression);                                           \
    } catch (const ::zk::Error& error) {                            \
      thrown = std::string(error.code()) == (expected);             \
    }                                                               \
    ::zk::test::report(thrown, __FILE__, __LINE__, #expression " throws " expected); \
  } while (false)
