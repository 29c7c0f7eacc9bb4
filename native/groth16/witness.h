/** Witnesses in iden3's .wtns format, version 2. */
#pragma once

#include "../field/bn254.h"
#include "../support/sections.h"

namespace zk {

/** Values of all wires, canonical integers of 32 bytes, little endian, where they lie in the file. */
struct Witness {
  const u8* values;
  u32 count;

  /** @throws Error ARTIFACT_FORMAT */
  explicit Witness(Bytes file) {
    const Sections sections(file, "wtns", 2);
    const u8* header = sections.at(1, 40).data();
    if (readU32(header) != 32 || std::memcmp(header + 4, &Fr::modulus, 32) != 0) throw damaged("the witness is not over BN254");
    count = readU32(header + 36);
    values = sections.at(2, u64{count} * 32).data();
    for (u32 i = 0; i < count; i++) {
      if (!(at(i) < Fr::modulus)) throw damaged("a value of the witness is not reduced");
    }
    if (count == 0 || !(at(0) == u256(0, 0, 0, 1))) throw damaged("the witness does not begin with 1");
  }

  U256 at(u32 i) const {
    U256 value;
    std::memcpy(&value, values + std::size_t{32} * i, 32);
    return value;
  }
};

}  // namespace zk
