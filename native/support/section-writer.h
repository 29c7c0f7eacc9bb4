/** Writes iden3's binary files whose sections' sizes are known from the beginning: in any order, by several threads. */
#pragma once

#include <map>
#include <string>
#include <vector>

#include "output-file.h"

namespace zk {

class SectionWriter {
 public:
  struct Section {
    u32 type;
    u64 size;
  };

  /**
   * Opens the file and lays it out, the sections in this order.
   * @param magic four letters
   * @param shownAs the name in errors, where that is not the path
   * @throws Error IO
   */
  SectionWriter(const std::string& path, const char* magic, u32 version, const std::vector<Section>& sections,
                const std::string& shownAs = "")
      : file_(path, shownAs) {
    u64 end = 12;
    for (const Section& section : sections) {
      extents_[section.type] = {end + 12, section.size};
      end += 12 + section.size;
    }
    file_.reserve(end);
    u8 start[12];
    const u32 count = static_cast<u32>(sections.size());
    std::memcpy(start, magic, 4);
    std::memcpy(start + 4, &version, 4);
    std::memcpy(start + 8, &count, 4);
    file_.write(0, start, 12);
    for (const Section& section : sections) {
      std::memcpy(start, &section.type, 4);
      std::memcpy(start + 4, &section.size, 8);
      file_.write(extents_[section.type].offset - 12, start, 12);
    }
  }

  /** Writes bytes of a section; from any thread. @throws Error IO */
  void write(u32 type, u64 offset, const void* data, std::size_t size) {
    const auto found = extents_.find(type);
    if (found == extents_.end() || offset > found->second.size || size > found->second.size - offset) {
      throw Error("INTERNAL", "a section has another length");
    }
    file_.write(found->second.offset + offset, data, size);
  }

  /** Flushes to the disk and closes. @throws Error IO */
  void finish() { file_.finish(); }

 private:
  struct Extent {
    u64 offset, size;
  };

  OutputFile file_;
  std::map<u32, Extent> extents_;
};

/** Bytes of a section gathered one field after the other. */
class FieldBytes {
 public:
  FieldBytes& word(u32 value) { return raw(&value, sizeof value); }
  FieldBytes& byte(u8 value) { return raw(&value, 1); }
  FieldBytes& raw(const void* data, std::size_t size) {
    const u8* at = static_cast<const u8*>(data);
    bytes.insert(bytes.end(), at, at + size);
    return *this;
  }
  /** A point, a digest, any value that is written as it lies in memory. */
  template <class Value>
  FieldBytes& value(const Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    return raw(&value, sizeof value);
  }

  std::vector<u8> bytes;
};

}  // namespace zk
