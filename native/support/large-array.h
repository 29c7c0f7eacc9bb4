/** Large arrays for random access: on huge pages where the system has them, so that address translation does not slow it down. */
#pragma once

#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "types.h"

namespace zk {

/** Elements are 0 at first. The contents are overwritten in the end: they may be secrets. */
template <class T>
class LargeArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  LargeArray() = default;
  /** @throws std::bad_alloc */
  explicit LargeArray(std::size_t size) : size_(size) {
    if (size == 0) return;
    if (size > (std::size_t{1} << 48) / sizeof(T)) throw std::bad_alloc();
    const std::size_t alignment = size * sizeof(T) < kHugePage ? kLine : kHugePage;
    bytes_ = (size * sizeof(T) + alignment - 1) / alignment * alignment;
    data_ = static_cast<T*>(std::aligned_alloc(alignment, bytes_));
    if (data_ == nullptr) throw std::bad_alloc();
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (alignment == kHugePage) ::madvise(data_, bytes_, MADV_HUGEPAGE);
#endif
    std::memset(static_cast<void*>(data_), 0, bytes_);
  }
  ~LargeArray() { clear(); }
  LargeArray(LargeArray&& other) noexcept { swap(other); }
  LargeArray& operator=(LargeArray&& other) noexcept {
    swap(other);
    return *this;
  }

  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }

  /** Overwrites and frees. */
  void clear() {
    if (data_ == nullptr) return;
    std::memset(static_cast<void*>(data_), 0, bytes_);
    __asm__ volatile("" : : "r"(data_) : "memory");  // keeps the compiler from leaving that out
    std::free(data_);
    data_ = nullptr;
    size_ = bytes_ = 0;
  }

 private:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20, kLine = 64;

  T* data_ = nullptr;
  std::size_t size_ = 0, bytes_ = 0;

  void swap(LargeArray& other) {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(bytes_, other.bytes_);
  }
};

}  // namespace zk
