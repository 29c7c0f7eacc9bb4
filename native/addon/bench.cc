/** Micro-benchmarks by name: nanoseconds of one operation. */
#include <chrono>
#include <functional>
#include <map>

#include "../field/fp2.h"
#include "../field/fp8.h"
#include "../support/random.h"
#include "../support/sections.h"
#include "../support/threads.h"
#include "operations.h"
#include "task.h"

namespace zk::addon {
namespace {

/** Runs `count` operations that depend on each other, and returns something of the result so that none is left out. */
using Chain = std::function<u64(u64 count)>;

struct Benchmark {
  /** Operations that one step of the chain stands for. */
  unsigned lanes;
  Chain run;
};

template <class F>
F element(const Fr& from) {
  return F::from(from.integer());
}
template <>
Fq2 element<Fq2>(const Fr& from) {
  return {element<Fq>(from), element<Fq>(from.square())};
}

template <class F>
Benchmark products() {
  return {1, [](u64 count) {
            F x = element<F>(randomScalar());
            const F y = element<F>(randomScalar());
            for (u64 i = 0; i < count; i++) x *= y;
            u8 bytes[sizeof(F)];
            x.store(bytes);
            return readU64(bytes);
          }};
}

template <class F>
Benchmark sums() {
  return {1, [](u64 count) {
            F x = element<F>(randomScalar());
            const F y = element<F>(randomScalar());
            for (u64 i = 0; i < count; i++) x += y;
            return x.m.w[0];
          }};
}

template <class F>
Benchmark inverses() {
  return {1, [](u64 count) {
            F x = element<F>(randomScalar());
            for (u64 i = 0; i < count; i++) x = x.inverse() + F::one();
            return x.m.w[0];
          }};
}

#if defined(ZK_IFMA)
template <class Params>
Benchmark wideProducts() {
  return {8, [](u64 count) {
            Fp8<Params> x = Fp8<Params>::broadcast(randomScalar().m);
            const Fp8<Params> y = Fp8<Params>::broadcast(randomScalar().m);
            for (u64 i = 0; i < count; i++) x = Fp8<Params>::mul(x, y);
            alignas(64) u64 lanes[8];
            _mm512_store_si512(lanes, x.l[0]);
            return lanes[0];
          }};
}
#endif

const std::map<std::string, Benchmark>& benchmarks() {
  static const auto& all = *new std::map<std::string, Benchmark>{
      {"fr-add", sums<Fr>()},     {"fr-mul", products<Fr>()},   {"fr-inverse", inverses<Fr>()}, {"fq-add", sums<Fq>()},
      {"fq-mul", products<Fq>()}, {"fq2-mul", products<Fq2>()}, {"fq-inverse", inverses<Fq>()},
#if defined(ZK_IFMA)
      {"fr-mul8", wideProducts<FrParams>()}, {"fq-mul8", wideProducts<FqParams>()},
#endif
  };
  return all;
}

/** () -> names of the benchmarks that this variant has. */
napi_value benchNames(const Call& call) {
  napi_value names;
  check(call.env, napi_create_array(call.env, &names));
  u32 at = 0;
  for (const auto& [name, benchmark] : benchmarks()) check(call.env, napi_set_element(call.env, names, at++, text(call.env, name)));
  return names;
}

/** (name, n, threads, control) -> promise of nanoseconds of one operation, of n on each of the threads at a time. */
napi_value bench(const Call& call) {
  const auto found = benchmarks().find(call.text(0));
  if (found == benchmarks().end()) throw call.wrong(0, "the name of a benchmark");
  const Benchmark& benchmark = found->second;
  const u64 count = call.integer(1, u64{1} << 53);
  const unsigned threads = call.threads(2);
  return promise(
      call, 3,
      [&benchmark, count, threads](const Control& control) {
        constexpr u64 kPiece = 1 << 16;
        const u64 steps = (count + benchmark.lanes - 1) / benchmark.lanes;
        const u64 pieces = (steps + kPiece - 1) / kPiece;
        control.stage(0, pieces * threads);
        std::atomic<u64> used{0};
        const auto started = std::chrono::steady_clock::now();
        parallelTasks(threads, threads, [&](std::size_t) {
          u64 sum = 0;
          for (u64 i = 0; i < pieces; i++) {
            control.check();
            sum += benchmark.run(std::min(kPiece, steps - i * kPiece));
            control.advance(1);
          }
          used += sum;
        });
        const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - started;
        return steps == 0 ? 0.0 : elapsed.count() / (static_cast<double>(steps) * benchmark.lanes * threads);
      },
      [](napi_env env, double nanoseconds) { return number(env, nanoseconds); });
}

}  // namespace

void exportBench(const Exports& exports) {
  exports.add<benchNames>("benchNames");
  exports.add<bench>("bench");
}

}  // namespace zk::addon
