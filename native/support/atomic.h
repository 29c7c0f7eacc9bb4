/**
 * Words that several threads share but that are no std::atomic: of JavaScript's memory, or of large arrays. (std::atomic_ref is missing in
 * libc++ before LLVM 19.) Relaxed: nothing else is published with them.
 */
#pragma once

#include <type_traits>

namespace zk {

template <class T>
concept AtomicWord = std::is_integral_v<T> && sizeof(T) <= sizeof(void*);

template <AtomicWord T>
T atomicLoad(const T& word) {
  return __atomic_load_n(&word, __ATOMIC_RELAXED);
}
template <AtomicWord T>
void atomicStore(T& word, std::type_identity_t<T> value) {
  __atomic_store_n(&word, value, __ATOMIC_RELAXED);
}
/** Returns what the word was before. */
template <AtomicWord T>
T atomicAdd(T& word, std::type_identity_t<T> value) {
  return __atomic_fetch_add(&word, value, __ATOMIC_RELAXED);
}

}  // namespace zk
