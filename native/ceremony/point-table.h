/** Points of a file that came from elsewhere, checked before anything is computed with them. */
#pragma once

#include <cstring>

#include "../curve/lanes.h"
#include "../support/control.h"
#include "../support/large-array.h"
#include "../support/threads.h"

namespace zk {

/** @param path of their file @throws Error ARTIFACT_FORMAT unless all coordinates are canonical and all points on their curve */
template <class F>
void checkPoints(const u8* points, std::size_t count, const std::string& path) {
  for (std::size_t i = 0; i < count; i++) {
    const Affine<F> p = Affine<F>::load(points + i * Affine<F>::kBytes);
    if (!p.isCanonical() || !isOnCurve(p)) throw damaged(path + ": a point is not on its curve");
  }
}

/** Points that additions can name: where they lie in the file if that is at a multiple of 4, else copied. */
template <class F>
class PointTable {
 public:
  PointTable() = default;
  /** @throws Error ARTIFACT_FORMAT, ABORTED; std::bad_alloc */
  PointTable(const u8* points, std::size_t count, const std::string& path, unsigned threads, const Control& control) {
    constexpr std::size_t kWords = Affine<F>::kBytes / sizeof(u64);
    const bool isAligned = reinterpret_cast<std::uintptr_t>(points) % 4 == 0;
    if (!isAligned) copy_ = LargeArray<u64>(count * kWords);
    parallelFor(threads, count, 1 << 12, [&](std::size_t begin, std::size_t end) {
      control.check();
      const u8* from = points + begin * Affine<F>::kBytes;
      checkPoints<F>(from, end - begin, path);
      if (!isAligned) std::memcpy(copy_.data() + begin * kWords, from, (end - begin) * Affine<F>::kBytes);
    });
    points_ = isAligned ? points : reinterpret_cast<const u8*>(copy_.data());
  }

  const u8* data() const { return points_; }

 private:
  const u8* points_ = nullptr;
  LargeArray<u64> copy_;
};

}  // namespace zk
