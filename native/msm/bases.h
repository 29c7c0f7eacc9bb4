/** Points of a key, with a note of those at infinity. */
#pragma once

#include <span>

#include "../curve/lanes.h"
#include "../support/large-array.h"
#include "../support/threads.h"

namespace zk {

template <class F>
class Bases {
 public:
  Bases() = default;
  enum Where {
    /** They stay where they are, in the file, which must outlive this. */
    kMapped,
    /** They are copied to huge pages: for points of long scalars, which are read out of order once for every window. */
    kCopied,
  };

  /**
   * @param points whole section of affine points, Montgomery form, at a multiple of 4 bytes
   * @param first index of the first point among the scalars that it will be used with
   */
  Bases(std::span<const u8> points, u32 first, unsigned threads, Where where = kMapped)
      : points_(points.data()), first_(first), count_(points.size() / Affine<F>::kBytes), finite_((count_ + 63) / 64) {
    if (where == kCopied && !points.empty()) {
      copy_ = LargeArray<u8>::uninitialized(points.size());
      parallelFor(threads, points.size(), std::size_t{1} << 21, [&](std::size_t begin, std::size_t end) {
        std::memcpy(copy_.data() + begin, points.data() + begin, end - begin);
      });
      points_ = copy_.data();
    }
    parallelFor(threads, finite_.size(), 1024, [&](std::size_t begin, std::size_t end) {
      for (std::size_t word = begin; word < end; word++) {
        u64 bits = 0;
        for (std::size_t i = 64 * word; i < std::min(count_, 64 * word + 64); i++) {
          if (!Affine<F>::load(points_ + i * Affine<F>::kBytes).isInfinity()) bits |= u64{1} << (i % 64);
        }
        finite_[word] = bits;
      }
    });
  }

  std::size_t size() const { return count_; }
  /** Whether a scalar's index has a finite point here. */
  bool contains(u32 index) const {
    const std::size_t i = std::size_t{index} - first_;
    return i < count_ && ((finite_[i / 64] >> (i % 64)) & 1) != 0;
  }
  /** Of an index that is contained. */
  Tagged at(u32 index, bool negative) const {
    return tagged(points_ + (std::size_t{index} - first_) * Affine<F>::kBytes, negative);
  }
  std::size_t memoryBytes() const { return finite_.size() * sizeof(u64) + copy_.bytes(); }

 private:
  const u8* points_ = nullptr;
  LargeArray<u8> copy_;
  u32 first_ = 0;
  std::size_t count_ = 0;
  std::vector<u64> finite_;
};

}  // namespace zk
