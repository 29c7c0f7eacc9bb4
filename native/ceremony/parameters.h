/** Contributions in .ptau and .zkey files: their fields, and the parameters that end them: (type, length, value), types ascending. */
#pragma once

#include <string>

#include "../curve/points.h"
#include "../support/blake2b.h"
#include "../support/section-writer.h"
#include "../support/sections.h"

namespace zk {

/** Takes one field after the other from a section of contributions. */
class ContributionReader {
 public:
  explicit ContributionReader(Bytes bytes) : at_(bytes) {}

  bool isAtEnd() const { return at_.empty(); }
  std::size_t left() const { return at_.size(); }
  /** @throws Error ARTIFACT_FORMAT */
  Bytes take(std::size_t size) {
    if (size > at_.size()) throw damaged("its contributions are truncated");
    const Bytes taken = at_.first(size);
    at_ = at_.subspan(size);
    return taken;
  }
  u8 byte() { return take(1)[0]; }
  u32 word() { return readU32(take(4).data()); }
  Digest digest() {
    Digest value;
    std::memcpy(value.data(), take(64).data(), 64);
    return value;
  }
  /** @throws Error ARTIFACT_FORMAT too for a point that is not on its curve */
  template <class F>
  void point(Affine<F>& p) {
    p = Affine<F>::load(take(Affine<F>::kBytes).data());
    if (!p.isCanonical() || !isOnCurve(p)) throw damaged("a point of a contribution is not on its curve");
  }
  /** Up to 255 bytes after their number. */
  std::string text() {
    const Bytes bytes = take(byte());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

 private:
  Bytes at_;
};

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

  /** Reads what `bytes` gives. @throws Error ARTIFACT_FORMAT */
  static ContributionParameters read(ContributionReader& reader) {
    ContributionParameters p;
    const u32 kind = reader.word();
    if (kind > 1) throw damaged("a contribution is of an unknown kind");
    ContributionReader own(reader.take(reader.word()));
    for (u8 last = 0; !own.isAtEnd();) {
      const u8 type = own.byte();
      if (type <= last || type > 3) throw damaged("the parameters of a contribution are not understood");
      last = type;
      if (type == 1) p.name = own.text();
      if (type == 2) p.iterationsExponent = own.byte();
      if (type == 3) p.beacon = own.text();
    }
    if (p.isBeacon() != (kind == 1)) throw damaged("a contribution is of another kind than its parameters");
    if (p.iterationsExponent > 63) throw damaged("a beacon has too many iterations");
    return p;
  }
};

}  // namespace zk
