/** How fast transforms are. */
#pragma once

#include <chrono>

#if defined(ZK_IFMA)
#include "ifma-kernel.h"
#endif
#include "transform.h"

namespace zk {

/**
 * Time of three inverse and three forward transforms as proofs do them, the coset's factors and the last product included, without the rows
 * and without making tables.
 * @param power at least 6, at most kMaxPower @returns wall-clock nanoseconds per butterfly, of which there are 3 power 2^power; the best of
 *     three runs
 */
inline double benchNtt(unsigned power, unsigned threads) {
#if defined(ZK_IFMA)
  using Kernel = IfmaKernel;
#else
  using Kernel = ScalarKernel;
#endif
  const auto transform = QuotientTransform<Kernel>::shared(power, threads);
  using Unit = typename Kernel::Unit;
  const std::size_t units = transform->arrayUnits(), n = std::size_t{1} << power;
  LargeArray<Unit> arrays[3];
  for (LargeArray<Unit>& array : arrays) array = LargeArray<Unit>::uninitialized(units);
  Unit* const polys[3] = {arrays[0].data(), arrays[1].data(), arrays[2].data()};
  LargeArray<U256> out(n);
  const auto values = [](std::size_t first, std::size_t count, U256* a, U256* b) {
    Fr x = Fr::from(static_cast<u64>(first + 12345)).square();
    for (std::size_t i = 0; i < count; i++) {
      a[i] = (x = x.square() + Fr::one()).m;
      b[i] = (x = x.square() + Fr::one()).m;
    }
  };
  double best = 0;
  for (int run = 0; run < 3; run++) {
    transform->fill(polys, values, threads, Control());
    const auto start = std::chrono::steady_clock::now();
    transform->transform(polys, threads, Control(), out.data());
    const double ns = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
    if (run == 0 || ns < best) best = ns;
  }
  return best / (3.0 * power * static_cast<double>(n));
}

}  // namespace zk
