/** The forms that setups need a coefficient in; those seen lately are kept, since circuits have few different ones. */
#pragma once

#include <vector>

#include "../field/bn254.h"

namespace zk {

class CoefficientForms {
 public:
  struct Forms {
    /** The canonical integer c. */
    U256 integer;
    /** c R, the field element. */
    Fr value;
    /** c R^2 mod p: what a .zkey holds. */
    U256 timesR2;
  };

  CoefficientForms() : slots_(std::size_t{1} << kBits) {}

  /** @param coefficient canonical; the reference is good until the next call */
  const Forms& of(const U256& coefficient) {
    // Fibonacci hashing (Knuth, TAOCP 3, 6.4). Empty slots are those of 0, whose forms are all 0.
    const u64 mixed = (coefficient.w[0] ^ (coefficient.w[1] << 1) ^ (coefficient.w[3] << 2)) * 0x9e3779b97f4a7c15;
    Forms& slot = slots_[mixed >> (64 - kBits)];
    if (!(slot.integer == coefficient)) {
      slot.integer = coefficient;
      slot.value = Fr::from(coefficient);
      slot.timesR2 = (slot.value * Fr{Fr::R2}).m;
    }
    return slot;
  }

 private:
  static constexpr unsigned kBits = 10;
  std::vector<Forms> slots_;
};

}  // namespace zk
