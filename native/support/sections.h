/** iden3's binary files (.zkey, .wtns, .r1cs, .ptau): a magic word, a version, and numbered sections. */
#pragma once

#include <cstring>
#include <map>
#include <span>
#include <string>

#include "error.h"
#include "types.h"

namespace zk {

inline u32 readU32(const u8* p) {
  u32 v;
  std::memcpy(&v, p, 4);
  return v;
}
inline u64 readU64(const u8* p) {
  u64 v;
  std::memcpy(&v, p, 8);
  return v;
}

using Bytes = std::span<const u8>;

class Sections {
 public:
  /**
   * Finds the sections; every extent lies inside the file.
   * @param magic four letters @param version highest version that is understood
   * @throws Error ARTIFACT_FORMAT
   */
  Sections(Bytes file, const char* magic, u32 version) : magic_(magic) {
    if (file.size() < 12 || std::memcmp(file.data(), magic, 4) != 0) throw damaged("it is no ." + magic_ + " file");
    const u32 found = readU32(file.data() + 4);
    if (found == 0 || found > version) throw damaged("its version " + std::to_string(found) + " is not known");
    const u32 count = readU32(file.data() + 8);
    std::size_t at = 12;
    for (u32 i = 0; i < count; i++) {
      if (file.size() - at < 12) throw damaged("it is truncated");
      const u32 type = readU32(file.data() + at);
      const u64 size = readU64(file.data() + at + 4);
      at += 12;
      if (size > file.size() - at) throw damaged("section " + std::to_string(type) + " is truncated");
      if (!extents_.emplace(type, file.subspan(at, size)).second) {
        throw damaged("section " + std::to_string(type) + " comes twice");
      }
      at += size;
    }
    if (at != file.size()) throw damaged("its sections are followed by other bytes");
  }

  bool has(u32 type) const { return extents_.contains(type); }
  /** @throws Error ARTIFACT_FORMAT when there is no such section */
  Bytes at(u32 type) const {
    const auto found = extents_.find(type);
    if (found == extents_.end()) throw damaged("section " + std::to_string(type) + " is missing");
    return found->second;
  }
  /** @throws Error ARTIFACT_FORMAT when the section is missing or has another size */
  Bytes at(u32 type, u64 size) const {
    const Bytes found = at(type);
    if (found.size() != size) {
      throw damaged("section " + std::to_string(type) + " has " + std::to_string(found.size()) + " bytes, not " +
                    std::to_string(size));
    }
    return found;
  }

 private:
  std::string magic_;
  std::map<u32, Bytes> extents_;
};

}  // namespace zk
