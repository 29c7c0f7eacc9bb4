/** Randomness of the system's CSPRNG. */
#pragma once

#if defined(__linux__)
#include <cerrno>

#include <sys/random.h>
#else
#include <stdlib.h>
#endif

#include "../field/bn254.h"
#include "error.h"
#include "wipe.h"

namespace zk {

/** @throws Error IO when the system has none */
inline void randomBytes(void* out, std::size_t size) {
#if defined(__linux__)
  u8* at = static_cast<u8*>(out);
  while (size > 0) {
    const ssize_t got = ::getrandom(at, size, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      throw Error("IO", "the system gives no randomness");
    }
    at += got;
    size -= static_cast<std::size_t>(got);
  }
#else
  ::arc4random_buf(out, size);
#endif
}

/** Uniform in Fr, by rejection. */
inline Fr randomScalar() {
  for (;;) {
    U256 x;
    randomBytes(&x, 32);
    x.w[3] &= (u64{1} << 62) - 1;
    if (x < Fr::modulus) return Fr::from(x);
  }
}

}  // namespace zk
