/** The parameters that end a contribution in .ptau and .zkey files: (type, length, value), types ascending. */
#pragma once

#include <string>

#include "../support/section-writer.h"

namespace zk {

/** What a contribution says of itself. */
struct ContributionParameters {
  /** UTF-8, at most 255 bytes; may be empty. */
  std::string name;
  /** Of a beacon: at most 255 bytes, hashed 2^iterationsExponent times; empty for a person's contribution. */
  std::string beacon;
  u8 iterationsExponent = 0;

  bool isBeacon() const { return !beacon.empty(); }

  /** The word that says which kind it is, the length, and the parameters. */
  std::vector<u8> bytes() const {
    FieldBytes parameters;
    const auto text = [&](u8 type, const std::string& value) {
      parameters.byte(type).byte(static_cast<u8>(value.size())).raw(value.data(), value.size());
    };
    if (name.size() > 255 || beacon.size() > 255) throw Error("INTERNAL", "a parameter of a contribution is too long");
    if (!name.empty()) text(1, name);
    if (isBeacon()) {
      parameters.byte(2).byte(iterationsExponent);
      text(3, beacon);
    }
    FieldBytes all;
    all.word(isBeacon() ? 1 : 0).word(static_cast<u32>(parameters.bytes.size()));
    all.raw(parameters.bytes.data(), parameters.bytes.size());
    return all.bytes;
  }
};

}  // namespace zk
