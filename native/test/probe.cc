/** Prints the variants that this processor can run; compiled without any of their flags. */
#include <cstdio>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

int main() {
  std::puts("portable");
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned bmi2 = 1u << 8, adx = 1u << 19, ifma = 1u << 21, vbmi2 = 1u << 6;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (b & bmi2) == 0 || (b & adx) == 0) return 0;
  std::puts("adx");
  // __builtin_cpu_supports asks the system too, whether it keeps the wide registers.
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") && (b & ifma) != 0 && (c & vbmi2) != 0) {
    std::puts("ifma");
  }
#endif
  return 0;
}
