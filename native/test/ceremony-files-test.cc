/** The whole way of a key through files: powers of tau, the key before contributions, contributions, verification. */
#include <filesystem>
#include <fstream>
#include <iterator>

#include "../ceremony/contribute.h"
#include "../ceremony/development-ptau.h"
#include "../ceremony/verify-key.h"
#include "check.h"

namespace zk::test {
namespace {

/** A folder that is removed in the end. */
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "zkinfer-ceremony-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder");
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator()(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::vector<u8> readFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}
void writeFile(const std::string& path, const std::vector<u8>& bytes) {
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/** 25 rows over 30 wires, three of them public: a domain of 2^5. */
std::vector<u8> circuit() {
  Random random(1);
  FieldBytes header, constraints, file;
  header.word(32).value(Fr::modulus).word(30).word(0).word(3).word(0).value(u64{30}).word(25);
  for (u32 row = 0; row < 25; row++) {
    for (u32 matrix = 0; matrix < 3; matrix++) {
      const u32 count = 1 + static_cast<u32>(random.below(4));
      constraints.word(count);
      for (u32 i = 0; i < count; i++) {
        const Fr c = i % 2 == 0 ? Fr::from(random.below(100) + 1) : random.element<Fr>();
        constraints.word((row * 7 + matrix * 3 + i * 11) % 30).value(c.isZero() ? Fr::one().integer() : c.integer());
      }
    }
  }
  file.raw("r1cs", 4).word(1).word(2);
  file.word(1).value(u64{header.bytes.size()}).raw(header.bytes.data(), header.bytes.size());
  file.word(2).value(u64{constraints.bytes.size()}).raw(constraints.bytes.data(), constraints.bytes.size());
  return file.bytes;
}

struct Files {
  Folder in;
  const std::string r1cs = in("r1cs"), ptau = in("ptau"), initial = in("initial"), key = in("key"), scratch = in("scratch");
  Control control;

  explicit Files(unsigned power) {
    writeFile(r1cs, circuit());
    DevelopmentPtau(power, ptau, ptau, 3, control).write();
    Phase2(3, control).run(r1cs, ptau, initial, initial);
  }
  Digest contribute(const std::string& from, const std::string& to, const ContributionParameters& parameters) const {
    return Contribution(3, control).run(from, to, to, parameters);
  }
  std::string verify(const std::string& zkey) const { return KeyVerification(3, control).run(r1cs, ptau, zkey, scratch); }
};

/** Whether an operation on damaged bytes ends well or with an error of its own. */
template <class Body>
bool endsWell(Body&& body) {
  try {
    body();
  } catch (const Error&) {
  }
  return true;
}

std::vector<u8> damaged(Random& random, std::vector<u8> bytes) {
  if (random.below(4) == 0) {
    bytes.resize(random.below(bytes.size()));
    return bytes;
  }
  for (u64 left = 1 + random.below(4); left > 0; left--) {
    const u64 limit = random.below(2) == 0 ? std::min<u64>(900, bytes.size()) : bytes.size();
    bytes[random.below(limit)] = static_cast<u8>(random.below(3) == 0 ? 0xff : random.word());
  }
  return bytes;
}

}  // namespace

TEST("ceremony: a key through files") {
  for (const unsigned power : {5u, 7u}) {
    const Files files(power);
    CHECK(files.verify(files.initial).empty());
    files.contribute(files.initial, files.in("1"), {"somebody", "", 0});
    files.contribute(files.in("1"), files.key, {"", std::string("\0\x01", 2), 10});
    CHECK(files.verify(files.in("1")).empty());
    CHECK(files.verify(files.key).empty());
    // A key with another one's section of quotients, and one with its own wires.
    std::vector<u8> forged = readFile(files.key);
    const std::vector<u8> before = readFile(files.in("1"));
    const Sections sections(Bytes(forged), "zkey", 1), others(Bytes(before), "zkey", 1);
    for (const u32 type : {8u, 9u}) {
      std::vector<u8> bytes = forged;
      const Bytes from = others.at(type);
      std::copy(from.begin(), from.end(), bytes.begin() + (sections.at(type).data() - forged.data()));
      writeFile(files.in("forged"), bytes);
      CHECK(!files.verify(files.in("forged")).empty());
    }
  }
}

TEST("ceremony: what cannot be used") {
  const Files files(4 + 1);
  DevelopmentPtau(4, files.in("small"), "small", 2, files.control).write();
  CHECK_THROWS(Phase2(2, files.control).run(files.r1cs, files.in("small"), files.key, ""), "USAGE");
  CHECK_THROWS(Phase2(2, files.control).run(files.r1cs, files.in("none"), files.key, ""), "ARTIFACT_MISSING");
  CHECK_THROWS(files.contribute(files.r1cs, files.key, {}), "ARTIFACT_FORMAT");
  CHECK_THROWS(files.contribute(files.initial, files.in("none/x"), {}), "IO");
  DevelopmentSetup(2, files.control).run(files.r1cs, files.key, files.key);
  CHECK_THROWS(files.contribute(files.key, files.in("x"), {}), "KEY_UNSAFE");
  std::int32_t words[Control::kWords] = {1, 0, 0, 0};
  const Control cancelled(words);
  CHECK_THROWS(Phase2(2, cancelled).run(files.r1cs, files.ptau, files.key, ""), "ABORTED");
  CHECK_THROWS(Contribution(2, cancelled).run(files.initial, files.key, "", {}), "ABORTED");
  CHECK_THROWS(DevelopmentPtau(8, files.key, "", 2, cancelled).write(), "ABORTED");
}

TEST("ceremony: damaged files") {
  Random random(2);
  const Files files(5);
  files.contribute(files.initial, files.key, {"somebody", "", 0});
  const std::vector<u8> ptau = readFile(files.ptau), r1cs = readFile(files.r1cs), key = readFile(files.key);
  const std::string bad = files.in("bad");
  for (int i = 0; i < 150; i++) {
    writeFile(bad, damaged(random, ptau));
    CHECK(endsWell([&] { Phase2(2, files.control).run(files.r1cs, bad, files.in("out"), ""); }));
    writeFile(bad, damaged(random, r1cs));
    CHECK(endsWell([&] { Phase2(2, files.control).run(bad, files.ptau, files.in("out"), ""); }));
    writeFile(bad, damaged(random, key));
    CHECK(endsWell([&] { files.contribute(bad, files.in("out"), {}); }));
    CHECK(endsWell([&] { (void)files.verify(bad); }));
  }
}

}  // namespace zk::test
