/** Arithmetic of ceremonies. */
#include "../ceremony/column-sums.h"
#include "../ceremony/snarkjs-difference.h"
#include "../ceremony/zkey-contributions.h"
#include "../curve/scale-points.h"
#include "../support/sha256.h"
#include "vectors.h"

namespace zk::test {
namespace {

std::vector<u8> patternBytes(std::size_t length) {
  std::vector<u8> data(length);
  for (std::size_t i = 0; i < length; i++) data[i] = static_cast<u8>(7 * i + length);
  return data;
}
U256 fromBigEndian(const u8* bytes) {
  U256 r;
  for (int i = 0; i < 4; i++) {
    u64 word;
    std::memcpy(&word, bytes + 8 * i, 8);
    r.w[3 - i] = __builtin_bswap64(word);
  }
  return r;
}
std::array<u8, 32> toBigEndian(const U256& x) {
  std::array<u8, 32> out;
  for (int i = 0; i < 4; i++) {
    const u64 word = __builtin_bswap64(x.w[3 - i]);
    std::memcpy(out.data() + 8 * i, &word, 8);
  }
  return out;
}

}  // namespace

TEST("ceremony: BLAKE2b, in one piece and in many with its state taken and put back") {
  forVectors("blake2b", [](Line& line) {
    const std::vector<u8> data = patternBytes(line.integer().w[0]);
    const U256 high = line.integer(), low = line.integer();
    const auto isRight = [&](const Digest& digest) {
      return fromBigEndian(digest.data()) == high && fromBigEndian(digest.data() + 32) == low;
    };
    Blake2b whole;
    whole.update(data);
    CHECK(isRight(whole.digest()));
    for (const std::size_t step : {1, 7, 128, 200}) {
      Blake2b hash;
      for (std::size_t at = 0; at < data.size(); at += step) {
        hash.update(data.data() + at, std::min(step, data.size() - at));
        hash = Blake2b::fromState(hash.state());
      }
      CHECK(isRight(hash.digest()));
    }
  });
  Blake2b::State wrong = Blake2b().state();
  wrong[200] = 129;
  CHECK_THROWS(Blake2b::fromState(wrong), "ARTIFACT_FORMAT");
}

TEST("ceremony: SHA-256") {
  forVectors("sha256", [](Line& line) {
    const std::vector<u8> data = patternBytes(line.integer().w[0]);
    const std::array<u32, 8> digest = sha256Again(sha256Short(data.data(), data.size()));
    U256 value{};
    for (int i = 0; i < 8; i++) value.w[3 - i / 2] |= static_cast<u64>(digest[i]) << (i % 2 == 0 ? 32 : 0);
    CHECK(value == line.integer());
  });
}

TEST("ceremony: scalars and points drawn from seeds") {
  forVectors("draw", [](Line& line) {
    ChaCha random(toBigEndian(line.integer()).data());
    CHECK(drawScalar(random) == line.element<Fr>());
    CHECK(drawG1(random) == line.point<Fq>());
    CHECK(drawG2(random) == line.point<Fq2>());
  });
  forVectors("hashtog2", [](Line& line) {
    Digest hash{};
    const auto seed = toBigEndian(line.integer());
    std::copy(seed.begin(), seed.end(), hash.begin());
    CHECK(hashToG2(hash) == line.point<Fq2>());
  });
}

TEST("ceremony: differences of what is no point, as snarkjs takes them") {
  forVectors("difference", [](Line& line) {
    u8 bytes[64];
    const U256 x = line.integer(), y = line.integer();
    std::memcpy(bytes, &x, 32);
    std::memcpy(bytes + 32, &y, 32);
    const G1 point = multiply(g1Generator(), Fr::from(line.integer()));
    CHECK(differenceAsSnarkjs(bytes, point) == line.point<Fq>());
  });
}

TEST("ceremony: encodings of points") {
  u8 bytes[128];
  encodePoint<Encoding::uncompressed>(bytes, g1Generator());
  CHECK(fromBigEndian(bytes) == u256(0, 0, 0, 1) && fromBigEndian(bytes + 32) == u256(0, 0, 0, 2));
  encodePoint<Encoding::compressed>(bytes, g1Generator());
  CHECK(bytes[0] == 0 && bytes[31] == 1);
  encodePoint<Encoding::compressed>(bytes, g1Generator().negate());
  CHECK(bytes[0] == 0x80 && bytes[31] == 1);
  encodePoint<Encoding::compressed>(bytes, G2::infinity());
  CHECK(bytes[0] == 0x40 && bytes[63] == 0);
  const G2 g = g2Generator();
  encodePoint<Encoding::uncompressed>(bytes, g);
  CHECK(fromBigEndian(bytes) == g.x.b.integer() && fromBigEndian(bytes + 96) == g.y.a.integer());
}

TEST("ceremony: scalars in two halves") {
  Random random(1);
  CHECK(Endomorphism::apply(g1Generator()) == multiply(g1Generator(), Endomorphism::lambda));
  for (int i = 0; i < 1000; i++) {
    const Fr k = i < 5 ? Fr::from(static_cast<u64>(i)) : i < 10 ? Fr::from(static_cast<u64>(i)).negate() : random.element<Fr>();
    const ScalarHalves halves(k);
    CHECK(halves.first.bitLength() <= 129 && halves.second.bitLength() <= 129);
  }
}

TEST("ceremony: many points times one scalar") {
  Random random(2);
  std::vector<G1> points;
  for (u64 i = 0; i < 1100; i++) points.push_back(i % 50 == 7 ? G1::infinity() : multiply(g1Generator(), Fr::from(i * i + 1)));
  std::vector<Fr> scalars = {Fr::zero(), Fr::one(), Fr::from(u64{2}), Fr::one().negate(), Endomorphism::lambda};
  for (int i = 0; i < 4; i++) scalars.push_back(random.element<Fr>());
  for (const Fr& scalar : scalars) {
    std::vector<G1> scaled = points;
    const PointScaler scaler(scalar);
    PointScaler::Worker(scaler).scale(scaled.data(), scaled.size());
    bool equal = true;
    for (std::size_t i = 0; i < points.size(); i += 13) equal = equal && scaled[i] == multiply(points[i], scalar);
    CHECK(equal);
  }
}

namespace {

struct Term {
  u32 row, matrix, wire;
  U256 coefficient;
};

/** An .r1cs file of terms, which are sorted by row and matrix. */
std::vector<u8> r1csOf(u32 wires, u32 rows, const std::vector<Term>& terms) {
  FieldBytes header, constraints, file;
  header.word(32).value(Fr::modulus);
  for (const u32 count : {wires, 0u, 3u, 0u}) header.word(count);
  header.value(u64{wires}).word(rows);
  std::size_t at = 0;
  for (u32 row = 0; row < rows; row++) {
    for (u32 matrix = 0; matrix < 3; matrix++) {
      std::size_t end = at;
      while (end < terms.size() && terms[end].row == row && terms[end].matrix == matrix) end++;
      constraints.word(static_cast<u32>(end - at));
      for (; at < end; at++) constraints.word(terms[at].wire).value(terms[at].coefficient);
    }
  }
  file.raw("r1cs", 4).word(1).word(2);
  file.word(1).value(u64{header.bytes.size()}).raw(header.bytes.data(), header.bytes.size());
  file.word(2).value(u64{constraints.bytes.size()}).raw(constraints.bytes.data(), constraints.bytes.size());
  return file.bytes;
}

U256 someCoefficient(Random& random) {
  switch (random.below(6)) {
    case 0: return Fr::one().negate().integer();
    case 1: return u256(0, 0, 0, random.below(1000));
    case 2: return Fr::from(random.below(1 << 20) + 1).negate().integer();
    case 3: return random.element<Fr>().integer();
    case 4: return Fr::from(u64{2}).power(u256(0, 0, 0, random.below(253))).integer();
    default: return u256(0, 0, 0, 1);
  }
}

/** Sums of multiples of one point, against the multiples of sums. */
template <class F>
void columnSums(const Affine<F>& base, u32 wires, u32 rows) {
  Random random(3);
  std::vector<Term> terms;
  for (u32 row = 0; row < rows; row++) {
    for (u32 matrix = 0; matrix < 3; matrix++) {
      terms.push_back({row, matrix, 0, someCoefficient(random)});
      for (u64 left = random.below(4); left > 0; left--) {
        terms.push_back({row, matrix, static_cast<u32>(random.below(wires)), someCoefficient(random)});
      }
    }
  }
  const std::vector<u8> bytes = r1csOf(wires, rows, terms);
  const R1cs circuit{Bytes(bytes)};
  const MatrixColumns columns(circuit, Control());
  // Two tables of points: (i + 1) and (i + 1)^2 times the base.
  const u32 all = rows + 4;
  std::vector<Affine<F>> tables[2];
  for (u64 i = 1; i <= all; i++) {
    tables[0].push_back(multiply(base, Fr::from(i)));
    tables[1].push_back(multiply(base, Fr::from(i * i)));
  }
  std::vector<Fr> expected(wires, Fr::zero());
  const auto add = [&](u32 matrix, u32 row, u32 wire, const Fr& c) {
    const Fr weight = Fr::from(u64{row} + 1);
    if (matrix == kMatrixA) expected[wire] += c * weight;
    if (matrix == kMatrixB) expected[wire] += c * weight * weight;
  };
  for (const Term& term : terms) add(term.matrix, term.row, term.wire, Fr::from(term.coefficient));
  for (u32 wire = 0; wire < 4; wire++) add(kMatrixA, rows + wire, wire, Fr::one());
  std::vector<Affine<F>> found(wires);
  std::vector<int> written(wires, 0);
  const auto bytesOf = [](const std::vector<Affine<F>>& points) { return reinterpret_cast<const u8*>(points.data()); };
  const ColumnSums<F> sums(columns, {{kMatrixA, bytesOf(tables[0])}, {kMatrixB, bytesOf(tables[1])}}, wires);
  sums.run(3, Control(), [&](u32 first, const Affine<F>* points, std::size_t count) {
    for (std::size_t i = 0; i < count; i++) {
      found[first + i] = points[i];
      written[first + i]++;
    }
  });
  bool equal = true, once = true;
  for (u32 wire = 0; wire < wires; wire++) {
    equal = equal && found[wire] == multiply(base, expected[wire]);
    once = once && written[wire] == 1;
  }
  CHECK(equal);
  CHECK(once);
}

}  // namespace

TEST("ceremony: digits of coefficients") {
  Random random(4);
  for (int i = 0; i < 2000; i++) {
    const U256 c = i == 0 ? U256{} : i == 1 ? half(Fr::modulus) : i == 2 ? add(half(Fr::modulus), u256(0, 0, 0, 1)) : someCoefficient(random);
    Fr sum = Fr::zero();
    unsigned last = ~0u, count = 0;
    bool sparse = true;
    const SignedCoefficient coefficient(c);
    coefficient.forEachDigit([&](unsigned bit, bool negative) {
      sparse = sparse && bit < 254 && (count == 0 || bit > last + 1);
      last = bit;
      count++;
      const Fr value = Fr::from(u64{2}).power(u256(0, 0, 0, bit));
      sum += negative ? value.negate() : value;
    });
    CHECK(sum == Fr::from(c) && sparse && count == coefficient.digits);
  }
}

TEST("ceremony: sums over columns, G1") {
  columnSums<Fq>(g1Generator(), 40, 30);
  columnSums<Fq>(g1Generator(), 700, 900);
}
TEST("ceremony: sums over columns, G2") { columnSums<Fq2>(g2Generator(), 60, 100); }

TEST("ceremony: contributions are read as they were written") {
  ZkeyContribution first{}, second{};
  first.deltaAfter = first.proof.g1S = g1Generator();
  first.proof.g1Sx = multiply(g1Generator(), Fr::from(u64{5}));
  first.proof.g2Spx = g2Generator();
  first.parameters.name = "somebody";
  second = first;
  second.parameters = {"", std::string("\x01\x00\xff", 3), 12};
  FieldBytes section;
  section.value(Digest{}).word(2);
  for (const ZkeyContribution& c : {first, second}) {
    const std::vector<u8> bytes = c.bytes();
    section.raw(bytes.data(), bytes.size());
  }
  const ZkeyContributions read{Bytes(section.bytes)};
  CHECK(read.list.size() == 2 && read.list[0].parameters.name == "somebody" && !read.list[0].parameters.isBeacon());
  CHECK(read.list[1].parameters.beacon == second.parameters.beacon && read.list[1].parameters.iterationsExponent == 12);
  CHECK(read.list[1].bytes() == second.bytes());
  CHECK(read.list[0].hash() == first.hash() && !(read.list[1].hash() == Digest{}));
  for (std::size_t size = 0; size < section.bytes.size(); size++) {
    CHECK_THROWS(ZkeyContributions(Bytes(section.bytes).first(size)), "ARTIFACT_FORMAT");
  }
  section.byte(0);
  CHECK_THROWS(ZkeyContributions{Bytes(section.bytes)}, "ARTIFACT_FORMAT");
}

}  // namespace zk::test
