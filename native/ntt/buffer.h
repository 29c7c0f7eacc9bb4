/** Large arrays without initialization, in huge pages where the system has them. */
#pragma once

#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

#include <sys/mman.h>

#include "../support/types.h"

namespace zk {

template <class T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Buffer() = default;
  /** @param count elements, not initialized @throws std::bad_alloc */
  explicit Buffer(std::size_t count) : count_(count) {
    if (count == 0) return;
    const std::size_t align = bytes() >= 2 * kHuge ? kHuge : 64;
    const std::size_t size = (bytes() + align - 1) / align * align;
    data_ = static_cast<T*>(std::aligned_alloc(align, size));
    if (data_ == nullptr) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
    if (align == kHuge) (void)::madvise(data_, size, MADV_HUGEPAGE);
#endif
  }
  ~Buffer() { std::free(data_); }
  Buffer(Buffer&& o) noexcept : data_(std::exchange(o.data_, nullptr)), count_(std::exchange(o.count_, 0)) {}
  Buffer& operator=(Buffer&& o) noexcept {
    std::swap(data_, o.data_);
    std::swap(count_, o.count_);
    return *this;
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  std::size_t size() const { return count_; }
  std::size_t bytes() const { return count_ * sizeof(T); }

 private:
  static constexpr std::size_t kHuge = std::size_t{2} << 20;
  T* data_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace zk
