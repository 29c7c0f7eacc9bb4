/** Overwriting of secrets. */
#pragma once

#include <cstring>
#include <type_traits>
#include <vector>

#include "types.h"

namespace zk {

/** Overwrites secrets in a way that compilers keep. */
inline void wipe(void* data, std::size_t size) {
  if (size == 0) return;
  std::memset(data, 0, size);
  __asm__ volatile("" : : "r"(data) : "memory");  // as if they were read again
}

/** Overwrites the elements and frees them; not what a vector left behind when it grew. */
template <class T>
void wipe(std::vector<T>& values) {
  static_assert(std::is_trivially_copyable_v<T>);
  wipe(values.data(), values.size() * sizeof(T));
  std::vector<T>().swap(values);
}

}  // namespace zk
