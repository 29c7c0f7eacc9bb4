/** What this variant of the addon is, and what the processor can do. */
#include "operations.h"
#include "task.h"

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__APPLE__)
#include <cstdio>

#include <sys/sysctl.h>
#endif
#endif

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace zk::addon {
namespace {

struct Features {
  bool bmi2 = false, adx = false, avx512ifma = false;
};

#if defined(__x86_64__)
#if defined(__APPLE__)
/**
 * Whether the system saves the registers of AVX-512. macOS turns them on at the first use, so XCR0 does not tell. Before Darwin 21.3 (macOS
 * 12.2) signals could lose the masks: https://github.com/golang/go/issues/49233.
 */
bool hasZmmState() {
  int isThere = 0, major = 0, minor = 0;
  char release[64] = {};
  std::size_t size = sizeof isThere, length = sizeof release - 1;
  if (::sysctlbyname("hw.optional.avx512f", &isThere, &size, nullptr, 0) != 0 || isThere == 0) return false;
  if (::sysctlbyname("kern.osrelease", release, &length, nullptr, 0) != 0) return false;
  return std::sscanf(release, "%d.%d", &major, &minor) == 2 && (major > 21 || (major == 21 && minor >= 3));
}
#else
/** Whether the system saves the registers of AVX-512 (Intel SDM 1, 15.2). */
bool hasZmmState() {
  u32 a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_OSXSAVE) == 0) return false;
  u32 low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  constexpr u32 needed = 0xe6;
  return (low & needed) == needed;
}
#endif

Features detect() {
  Features found;
  u32 a, b, c, d;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return found;
  const auto ebx = [b](int bit) { return ((b >> bit) & 1) != 0; };
  const auto ecx = [c](int bit) { return ((c >> bit) & 1) != 0; };
  found.bmi2 = ebx(8);
  found.adx = ebx(19);
  const bool foundation = ebx(16) && ebx(17) && ebx(30) && ebx(31);  // F, DQ, BW, VL
  found.avx512ifma = foundation && ebx(21) && ecx(1) && ecx(6) && hasZmmState();  // IFMA, VBMI, VBMI2
  return found;
}
#else
Features detect() { return {}; }
#endif

/** () -> {bmi2, adx, avx512ifma}: the last with everything that the variant of this name uses. */
napi_value cpuFeatures(const Call& call) {
  const Features found = detect();
  const napi_value result = object(call.env);
  set(call.env, result, "bmi2", boolean(call.env, found.bmi2));
  set(call.env, result, "adx", boolean(call.env, found.adx));
  set(call.env, result, "avx512ifma", boolean(call.env, found.avx512ifma));
  return result;
}

/**
 * () -> undefined: from now on, large blocks are mapped one by one, for the whole process, so that their memory is the system's again once they
 * are freed. By itself glibc raises the size from which on it does so to that of any block that is freed, up to 32 MiB, and keeps what was freed
 * in arenas, of which there is one for each thread (mallopt(3), M_MMAP_THRESHOLD).
 */
napi_value mapLargeBlocks(const Call& call) {
#if defined(__GLIBC__)
  ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
#endif
  return undefined(call.env);
}

}  // namespace

void exportMachine(const Exports& exports) {
  exports.addValue("variant", text(exports.env, ZK_VARIANT));
  exports.add<cpuFeatures>("cpuFeatures");
  exports.add<mapLargeBlocks>("mapLargeBlocks");
}

}  // namespace zk::addon
