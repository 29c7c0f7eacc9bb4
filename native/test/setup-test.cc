#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "../setup/development.h"
#include "check.h"

namespace zk::test {
namespace {

using Side = std::vector<std::pair<u32, U256>>;
using Row = std::array<Side, 3>;

template <class Value>
void put(std::vector<u8>& bytes, const Value& value) {
  const u8* const at = reinterpret_cast<const u8*>(&value);
  bytes.insert(bytes.end(), at, at + sizeof value);
}

void putSection(std::vector<u8>& file, u32 type, const std::vector<u8>& body) {
  put(file, type);
  put(file, u64{body.size()});
  file.insert(file.end(), body.begin(), body.end());
}

std::vector<u8> r1csBytes(u32 wires, u32 publicInputs, const std::vector<Row>& rows) {
  std::vector<u8> header, constraints, file = {'r', '1', 'c', 's', 1, 0, 0, 0, 3, 0, 0, 0};
  put(header, u32{32});
  put(header, Fr::modulus);
  for (const u32 count : {wires, 0u, publicInputs, 0u}) put(header, count);
  put(header, u64{wires});
  put(header, static_cast<u32>(rows.size()));
  for (const Row& row : rows) {
    for (const Side& side : row) {
      put(constraints, static_cast<u32>(side.size()));
      for (const auto& [wire, coefficient] : side) {
        put(constraints, wire);
        put(constraints, coefficient);
      }
    }
  }
  putSection(file, 2, constraints);
  putSection(file, 1, header);
  putSection(file, 3, std::vector<u8>(8 * wires));
  return file;
}

/** Sides of every length, coefficients of 0 and 1 and -1 among them. */
std::vector<Row> randomRows(Random& random, u32 wires, std::size_t count) {
  std::vector<Row> rows(count);
  for (Row& row : rows) {
    for (Side& side : row) {
      for (u64 left = random.below(4) == 0 ? random.below(50) : random.below(3); left > 0; left--) {
        const u64 kind = random.below(5);
        const U256 coefficient = kind == 0   ? U256{}
                                 : kind == 1 ? u256(0, 0, 0, 1)
                                 : kind == 2 ? Fr::from(u64{1}).negate().integer()
                                             : random.element<Fr>().integer();
        side.emplace_back(random.below(3) == 0 ? 0 : static_cast<u32>(random.below(wires)), coefficient);
      }
    }
  }
  return rows;
}

/** A path that is removed in the end. */
struct TemporaryFile {
  const std::string path;

  explicit TemporaryFile(const std::string& name)
      : path((std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()))).string()) {}
  ~TemporaryFile() { std::remove(path.c_str()); }
  void fill(const std::vector<u8>& bytes) const {
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  std::vector<u8> contents() const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

/** What becomes of a circuit: the code of the error, empty for none. */
std::string setupOutcome(const TemporaryFile& r1cs, const TemporaryFile& zkey, const std::vector<u8>& bytes,
                         const Control& control = {}) {
  r1cs.fill(bytes);
  try {
    DevelopmentSetup(2, control).run(r1cs.path, zkey.path, "key");
    return "";
  } catch (const Error& error) {
    return error.code();
  }
}

template <class F>
void checkFixedBase(const Affine<F>& base, u64 seed) {
  Random random(seed);
  std::vector<Fr> scalars = {Fr::zero(), Fr::one(), Fr::one().negate(), Fr::from(2), Fr::from(2).negate()};
  for (unsigned bit = 1; bit < 254; bit += 3) {
    const Fr power = Fr::from(2).power(u256(0, 0, 0, bit));
    for (const Fr& scalar : {power, power - Fr::one(), power + Fr::one()}) scalars.push_back(scalar);
  }
  while (scalars.size() < 300) scalars.push_back(random.element<Fr>());
  std::vector<Affine<F>> expected, found(scalars.size());
  for (const Fr& scalar : scalars) expected.push_back(multiply(base, scalar));
  for (const unsigned bits : {0u, 2u, 3u, 7u, 8u, 11u}) {
    const FixedBase<F> fixed(base, scalars.size(), 2, {}, bits);
    typename FixedBase<F>::Multiplier multiplier(fixed);
    std::fill(found.begin(), found.end(), base);
    multiplier.multiply(scalars.data(), scalars.size(), found.data());
    CHECK(found == expected);
  }
}

}  // namespace

TEST("setup: multiples of a fixed base") {
  checkFixedBase(g1Generator(), 1);
  checkFixedBase(multiply(g1Generator(), Fr::from(12345)), 2);
  checkFixedBase(G1::infinity(), 3);
  checkFixedBase(g2Generator(), 4);
}

TEST("setup: more scalars than a batch, and windows up to the widest") {
  const std::size_t count = 2 * BatchAdder<Fq>::kBatch + 3;
  std::vector<Fr> scalars(count);
  for (std::size_t i = 0; i < count; i++) scalars[i] = Fr::from(i * i * i);
  std::vector<G1> found(count), other(count);
  const FixedBase<Fq> chosen(g1Generator(), count, 1, {}), wide(g1Generator(), count, 1, {}, 16);
  FixedBase<Fq>::Multiplier(chosen).multiply(scalars.data(), count, found.data());
  FixedBase<Fq>::Multiplier(wide).multiply(scalars.data(), count, other.data());
  CHECK(found == other);
  CHECK(found[count - 1] == multiply(g1Generator(), scalars[count - 1]));
}

TEST("setup: Lagrange values") {
  Random random(5);
  const Fr tau = random.element<Fr>();
  std::vector<Fr> values(64), odd(32), all(64);
  LagrangeValues(tau, 6).evaluate(0, 64, values.data());
  // Every polynomial of degree less than 64 is the sum of its values times these.
  for (const u64 degree : {0u, 1u, 5u, 63u}) {
    Fr sum = Fr::zero();
    for (u64 i = 0; i < 64; i++) sum += values[i] * rootOfUnity(6).power(u256(0, 0, 0, i * degree));
    CHECK(sum == tau.power(u256(0, 0, 0, degree)));
  }
  const LagrangeValues some(tau, 6, 1, 2);
  some.evaluate(0, 20, odd.data());
  some.evaluate(20, 12, odd.data() + 20);
  for (std::size_t i = 0; i < 32; i++) CHECK(odd[i] == values[2 * i + 1]);
  LagrangeValues(tau, 1).evaluate(0, 2, all.data());
  CHECK(all[0] + all[1] == Fr::one());
}

TEST("setup: columns of the matrices, on any number of threads") {
  Random random(6);
  const u32 wires = 700;
  const std::vector<Row> rows = randomRows(random, wires, 9000);
  const std::vector<u8> bytes = r1csBytes(wires, 3, rows);
  const R1cs r1cs(bytes, 2);
  CHECK(r1cs.pieces().size() > 2);
  CHECK(r1cs.domainPower() == 14);
  SecretArray<Fr> lagrange(16384);
  for (std::size_t i = 0; i < lagrange.size(); i++) lagrange[i] = random.element<Fr>();
  std::array<std::vector<Fr>, 3> expected;
  for (auto& values : expected) values.assign(wires, Fr::zero());
  std::array<u64, 3> entries{};
  for (std::size_t row = 0; row < rows.size(); row++) {
    for (unsigned matrix = 0; matrix < 3; matrix++) {
      for (const auto& [wire, coefficient] : rows[row][matrix]) {
        expected[matrix][wire] += Fr::from(coefficient) * lagrange[row];
        entries[matrix] += coefficient.isZero() ? 0 : 1;
      }
    }
  }
  for (u32 wire = 0; wire <= 3; wire++) expected[0][wire] += lagrange[rows.size() + wire];
  for (unsigned matrix = 0; matrix < 3; matrix++) CHECK(r1cs.entries(static_cast<Matrix>(matrix)) == entries[matrix]);
  for (const unsigned threads : {1u, 2u, 3u, 16u}) {
    const QapValues found = QapEvaluation(r1cs, lagrange).run(threads, {});
    for (unsigned matrix = 0; matrix < 3; matrix++) {
      CHECK(std::equal(expected[matrix].begin(), expected[matrix].end(), found[matrix].data()));
    }
  }
}

TEST("setup: sections of the right sizes, and other secrets each time") {
  Random random(7);
  const TemporaryFile r1cs("zkinfer-test-r1cs"), zkey("zkinfer-test-zkey");
  const std::vector<u8> bytes = r1csBytes(10, 3, randomRows(random, 10, 20));
  CHECK(setupOutcome(r1cs, zkey, bytes) == "");
  const std::vector<u8> first = zkey.contents();
  const Sections sections(first, "zkey", 1);
  const u64 sizes[] = {4, 660, 4 * 64, 0, 640, 640, 1280, 6 * 64, 32 * 64, 68};
  for (u32 type = 1; type <= 10; type++) {
    if (type != 4) CHECK(sections.at(type).size() == sizes[type - 1]);
  }
  CHECK(setupOutcome(r1cs, zkey, bytes) == "");
  CHECK(zkey.contents().size() == first.size());
  CHECK(zkey.contents() != first);
}

TEST("setup: circuits that are refused") {
  const TemporaryFile r1cs("zkinfer-test-r1cs"), zkey("zkinfer-test-zkey");
  CHECK(setupOutcome(r1cs, zkey, r1csBytes(10, 2, {})) == "KEY_UNSAFE");
  CHECK(setupOutcome(r1cs, zkey, {}) == "ARTIFACT_FORMAT");
  CHECK_THROWS(DevelopmentSetup(1, {}).run(r1cs.path + "-none", zkey.path, "key"), "ARTIFACT_MISSING");
  CHECK_THROWS(DevelopmentSetup(1, {}).run(r1cs.path, zkey.path + "/none", "key"), "ARTIFACT_FORMAT");
  r1cs.fill(r1csBytes(10, 3, {}));
  CHECK_THROWS(DevelopmentSetup(1, {}).run(r1cs.path, zkey.path + "/none", "key"), "IO");
  std::int32_t words[Control::kWords] = {1, 0, 0, 0};
  CHECK(setupOutcome(r1cs, zkey, r1csBytes(10, 3, {Row{}}), Control(words)) == "ABORTED");
}

TEST("setup: damaged circuits never do harm") {
  Random random(8);
  const TemporaryFile r1cs("zkinfer-test-r1cs"), zkey("zkinfer-test-zkey");
  const std::vector<u8> bytes = r1csBytes(10, 3, randomRows(random, 10, 5));
  for (std::size_t length = 0; length < bytes.size(); length += length < 150 ? 1 : 13) {
    CHECK(setupOutcome(r1cs, zkey, {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)}) == "ARTIFACT_FORMAT");
  }
  int accepted = 0;
  for (int round = 0; round < 200; round++) {
    std::vector<u8> changed = bytes;
    for (u64 left = 1 + random.below(3); left > 0; left--) {
      u8& byte = changed[random.below(2) == 0 ? random.below(150) : random.below(changed.size())];
      byte = static_cast<u8>(random.below(2) == 0 ? 255 : random.word());
    }
    const std::string outcome = setupOutcome(r1cs, zkey, changed);
    CHECK(outcome == "" || outcome == "ARTIFACT_FORMAT" || outcome == "KEY_UNSAFE");
    accepted += outcome.empty() ? 1 : 0;
  }
  CHECK(accepted > 0);
}

}  // namespace zk::test
