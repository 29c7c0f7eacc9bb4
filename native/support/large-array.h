/**
 * Large arrays for random access: on huge pages where the system has them, so that address translation does not slow it down. On Linux they
 * are mapped rather than allocated, so that their memory is the system's again as soon as they are freed, whichever thread had them.
 */
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "threads.h"
#include "wipe.h"

namespace zk {

/** @tparam secret whether the contents are overwritten in the end */
template <class T, bool secret = false>
class LargeArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  LargeArray() = default;
  /** Elements that are 0. @throws std::bad_alloc */
  explicit LargeArray(std::size_t size) : LargeArray(uninitialized(size)) {
    if (size > 0) std::memset(static_cast<void*>(data_), 0, bytes());
  }
  /** Elements that are to be written before they are read. @throws std::bad_alloc */
  static LargeArray uninitialized(std::size_t size) {
    LargeArray array;
    if (size > 0) array.allocate(size);
    return array;
  }
  ~LargeArray() { clear(); }
  LargeArray(LargeArray&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  LargeArray& operator=(LargeArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return size_ * sizeof(T); }

  /** Overwrites what is secret, on several threads, and frees. */
  void clear(unsigned threads = 1) {
    if (data_ == nullptr) return;
    if constexpr (secret) {
      u8* const at = reinterpret_cast<u8*>(data_);
      if (threads == 1 || bytes() <= kPiece) {
        wipe(at, bytes());
      } else {
        parallelFor(threads, bytes(), kPiece, [at](std::size_t begin, std::size_t end) { wipe(at + begin, end - begin); });
      }
    }
    release();
    data_ = nullptr;
    size_ = 0;
  }

 private:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20, kCacheLine = 64, kPiece = std::size_t{1} << 20;
  static_assert(alignof(T) <= kCacheLine);

  T* data_ = nullptr;
  std::size_t size_ = 0;

  void allocate(std::size_t size) {
    if (size > (std::size_t{1} << 48) / sizeof(T)) throw std::bad_alloc();
    const std::size_t needed = size * sizeof(T);
    data_ = static_cast<T*>(needed < kHugePage ? aligned(needed, kCacheLine) : hugePages(roundUp(needed, kHugePage)));
    size_ = size;
  }
  static std::size_t roundUp(std::size_t bytes, std::size_t multiple) { return (bytes + multiple - 1) / multiple * multiple; }
  static void* aligned(std::size_t bytes, std::size_t alignment) {
    void* const memory = std::aligned_alloc(alignment, roundUp(bytes, alignment));
    return memory != nullptr ? memory : throw std::bad_alloc();
  }

#if defined(__linux__)
  /** Mapped at a multiple of a huge page, cut from a larger mapping. */
  static void* hugePages(std::size_t bytes) {
    void* const mapped = ::mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    u8* const first = static_cast<u8*>(mapped);
    const std::size_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(first) % kHugePage) % kHugePage;
    if (before > 0) ::munmap(first, before);
    if (before < kHugePage) ::munmap(first + before + bytes, kHugePage - before);
#if defined(MADV_HUGEPAGE)
    (void)::madvise(first + before, bytes, MADV_HUGEPAGE);
#endif
    return first + before;
  }
  void release() {
    if (bytes() < kHugePage) std::free(data_);
    else ::munmap(data_, roundUp(bytes(), kHugePage));
  }
#else
  static void* hugePages(std::size_t bytes) { return aligned(bytes, kHugePage); }
  void release() { std::free(data_); }
#endif
};

/** For private values: overwritten before the memory is given back. */
template <class T>
using SecretArray = LargeArray<T, true>;

}  // namespace zk
