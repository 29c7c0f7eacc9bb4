/** Micro-benchmarks by name: nanoseconds of one operation. */
#include <chrono>
#include <functional>
#include <map>

#include "../field/fp8.h"
#include "../msm/msm.h"
#include "../ntt/bench.h"
#include "../support/random.h"
#include "operations.h"
#include "task.h"

namespace zk::addon {
namespace {

/** Measures with a number of operations, or elements, and threads. @returns wall-clock nanoseconds of one operation on one thread */
using Benchmark = std::function<double(u64 count, unsigned threads, const Control& control)>;

class Stopwatch {
 public:
  double nanoseconds() const {
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - started_).count();
  }

 private:
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

/** Keeps a value, and what it was computed from, from being left out. */
template <class T>
void keep(const T& value) {
  __asm__ volatile("" : : "r"(&value) : "memory");
}

/**
 * `count` steps that each need the one before, on every thread.
 * @param start makes a state @param step takes it on @param lanes operations that one step stands for
 */
template <class Start, class Step>
Benchmark chain(Start start, Step step, unsigned lanes = 1) {
  return [start, step, lanes](u64 count, unsigned threads, const Control& control) {
    constexpr u64 kPiece = 1 << 14;
    const u64 steps = (count + lanes - 1) / lanes;
    control.stage(0, (steps + kPiece - 1) / kPiece * threads);
    const Stopwatch watch;
    parallelTasks(threads, threads, [&](std::size_t) {
      auto state = start();
      for (u64 done = 0; done < steps; done += kPiece) {
        control.check();
        for (u64 i = std::min(kPiece, steps - done); i > 0; i--) step(state);
        control.advance(1);
      }
      keep(state);
    });
    return steps == 0 ? 0 : watch.nanoseconds() / (static_cast<double>(steps) * lanes);
  };
}

template <class F>
F randomElement() {
  return F::from(randomScalar().integer());
}
template <>
Fq2 randomElement<Fq2>() {
  return {randomElement<Fq>(), randomElement<Fq>()};
}
template <class F>
Affine<F> generator();
template <>
G1 generator<Fq>() {
  return g1Generator();
}
template <>
G2 generator<Fq2>() {
  return g2Generator();
}
template <class F>
Affine<F> randomPoint() {
  return multiply(generator<F>(), randomScalar());
}

template <class F>
struct Pair {
  F x, y;
};
template <class F>
Pair<F> randomPair() {
  return {randomElement<F>(), randomElement<F>()};
}

template <class F>
void addField(std::map<std::string, Benchmark>& all, const std::string& name) {
  all[name + ".add"] = chain(randomPair<F>, [](Pair<F>& p) { p.x += p.y; });
  all[name + ".mul"] = chain(randomPair<F>, [](Pair<F>& p) { p.x *= p.y; });
  all[name + ".square"] = chain(randomPair<F>, [](Pair<F>& p) { p.x = p.x.square(); });
  all[name + ".inverse"] = chain(randomPair<F>, [](Pair<F>& p) { p.x = p.x.inverse() + p.y; });
}

#if defined(ZK_IFMA)
template <class Params>
void addWideField(std::map<std::string, Benchmark>& all, const std::string& name) {
  using Wide = Fp8<Params>;
  const auto start = [] { return Pair<Wide>{Wide::broadcast(randomScalar().m), Wide::broadcast(randomScalar().m)}; };
  all[name + ".mul8"] = chain(start, [](Pair<Wide>& p) { p.x = Wide::mul(p.x, p.y); }, 8);
}
#endif

/** The sum of `count` points times scalars; bits: scalars 0 and 1, as most of a witness are. */
template <class F>
Benchmark sums(bool bits) {
  return [bits](u64 count, unsigned threads, const Control& control) {
    if (count == 0 || count > (u64{1} << 26)) throw Error("INTERNAL", "sums are measured with 1 to 2^26 points");
    std::vector<u8> points(count * Affine<F>::kBytes);
    std::vector<U256> scalars(count);
    const Affine<F> step = randomPoint<F>();
    parallelFor(threads, count, 1 << 12, [&](std::size_t begin, std::size_t end) {
      control.check();
      Xyzz<F> point = Xyzz<F>::from(randomPoint<F>());
      for (std::size_t i = begin; i < end; i++, point += step) {
        point.affine().store(&points[i * Affine<F>::kBytes]);
        const U256 scalar = randomScalar().integer();
        scalars[i] = bits ? u256(0, 0, 0, scalar.w[0] & 1) : scalar;
      }
    });
    const Bases<F> bases(points, 0, threads);
    const Scalars classed = classify(reinterpret_cast<const u8*>(scalars.data()), count, threads);
    const Stopwatch watch;
    keep(msm(bases, classed, threads, control));
    return watch.nanoseconds() / static_cast<double>(count);
  };
}

template <class F>
void addCurve(std::map<std::string, Benchmark>& all, const std::string& name) {
  struct State {
    Xyzz<F> sum, other;
    Affine<F> point;
  };
  const auto start = [] {
    return State{Xyzz<F>::from(randomPoint<F>()).doubled(), Xyzz<F>::from(randomPoint<F>()).doubled(), randomPoint<F>()};
  };
  all[name + ".add"] = chain(start, [](State& s) { s.sum += s.other; });
  all[name + ".mixed"] = chain(start, [](State& s) { s.sum += s.point; });
  all[name + ".double"] = chain(start, [](State& s) { s.sum = s.sum.doubled(); });
  all["msm." + name] = sums<F>(false);
  all["msm." + name + ".bits"] = sums<F>(true);
}

/** One transform of `count` elements, in the way that proofs do six of them. */
double transform(u64 count, unsigned threads, const Control&) {
  if (!std::has_single_bit(count) || count < 64 || count > (u64{1} << 26)) {
    throw Error("INTERNAL", "transforms are measured with a power of two from 2^6 to 2^26");
  }
  const auto power = static_cast<unsigned>(std::countr_zero(count));
  return benchNtt(power, threads) * power / 2;
}

const std::map<std::string, Benchmark>& benchmarks() {
  static const std::map<std::string, Benchmark>& all = *[] {
    auto made = new std::map<std::string, Benchmark>;
    addField<Fr>(*made, "fr");
    addField<Fq>(*made, "fq");
    addField<Fq2>(*made, "fq2");
#if defined(ZK_IFMA)
    addWideField<FrParams>(*made, "fr");
    addWideField<FqParams>(*made, "fq");
#endif
    addCurve<Fq>(*made, "g1");
    addCurve<Fq2>(*made, "g2");
    (*made)["ntt"] = transform;
    return made;
  }();
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

/**
 * (name, n, threads, control) -> promise of nanoseconds: of one of n operations, where each thread makes n of them; or, of sums and
 * transforms, of one of n elements, where the threads share the work.
 */
napi_value bench(const Call& call) {
  const auto found = benchmarks().find(call.text(0));
  if (found == benchmarks().end()) throw call.wrong(0, "the name of a benchmark");
  const Benchmark& benchmark = found->second;
  const u64 count = call.integer(1, u64{1} << 53);
  const unsigned threads = call.threads(2);
  const auto work = [&benchmark, count, threads](const Control& control) { return benchmark(count, threads, control); };
  return promise(call, 3, work, [](napi_env env, double nanoseconds) { return number(env, nanoseconds); });
}

}  // namespace

void exportBench(const Exports& exports) {
  exports.add<benchNames>("benchNames");
  exports.add<bench>("bench");
}

}  // namespace zk::addon
