/** The quotient on the coset against the barycentric formula, which needs no transform. */
#include <algorithm>
#include <cstring>

#include "../groth16/quotient.h"
#include "check.h"

using namespace zk;
using zk::test::Random;

namespace {

std::vector<Fr> inverses(const std::vector<Fr>& x) {
  std::vector<Fr> before(x.size());
  Fr all = Fr::one();
  for (std::size_t i = 0; i < x.size(); i++) {
    before[i] = all;
    all *= x[i];
  }
  all = all.inverse();
  std::vector<Fr> out(x.size());
  for (std::size_t i = x.size(); i-- > 0;) {
    out[i] = all * before[i];
    all *= x[i];
  }
  return out;
}

/** A B - C at g w^i, from values on the domain of 2^power elements (Berrut and Trefethen, "Barycentric Lagrange interpolation", 2004). */
U256 expected(unsigned power, const std::vector<Fr>& a, const std::vector<Fr>& b, std::size_t i) {
  const Fr w = rootOfUnity(power), x = rootOfUnity(power + 1).power(u256(0, 0, 0, 2 * i + 1));
  std::vector<Fr> roots(a.size()), distances(a.size());
  Fr root = Fr::one();
  for (std::size_t j = 0; j < a.size(); j++, root *= w) {
    roots[j] = root;
    distances[j] = x - root;
  }
  const std::vector<Fr> inverse = inverses(distances);
  Fr sa = Fr::zero(), sb = Fr::zero(), sc = Fr::zero();
  for (std::size_t j = 0; j < a.size(); j++) {
    const Fr l = roots[j] * inverse[j];
    sa += a[j] * l;
    sb += b[j] * l;
    sc += a[j] * b[j] * l;
  }
  const Fr scale = Fr::fromSigned(-2) * Fr::from(static_cast<u64>(a.size())).inverse();  // (x^n - 1) / n
  return (sa * sb * scale * scale - sc * scale).integer();
}

/** Which points to compare: all in small domains. */
std::vector<std::size_t> points(std::size_t n, Random& random) {
  std::vector<std::size_t> out;
  if (n <= 64) {
    for (std::size_t i = 0; i < n; i++) out.push_back(i);
  } else {
    out = {0, 1, n / 2, n - 1};
    if (n <= 4096) out.push_back(random.below(n));
  }
  return out;
}

using Maker = Fr (*)(Random&);
Fr any(Random& random) { return random.element<Fr>(); }
Fr edge(Random& random) {
  const u64 kind = random.below(4);
  return kind == 0 ? Fr::zero() : kind == 1 ? Fr::one() : kind == 2 ? Fr::fromSigned(-1) : random.element<Fr>();
}
Fr largest(Random&) { return Fr::fromSigned(-1); }
Fr none(Random&) { return Fr::zero(); }

template <class Kernel>
void transforms(unsigned power, Maker make, unsigned threads) {
  const std::size_t n = std::size_t{1} << power;
  Random random(power * 8 + threads);
  std::vector<Fr> a(n), b(n);
  for (std::size_t i = 0; i < n; i++) {
    a[i] = make(random);
    b[i] = make(random);
  }
  std::vector<U256> out(n);
  const QuotientTransform<Kernel> transform(power, threads);
  transform.run(
      [&](std::size_t first, std::size_t count, U256* toA, U256* toB) {
        for (std::size_t i = 0; i < count; i++) {
          toA[i] = a[first + i].integer();
          toB[i] = b[first + i].integer();
        }
      },
      threads, Control(), out.data());
  for (const U256& x : out) CHECK(x < Fr::modulus);
  for (const std::size_t i : points(n, random)) CHECK(out[i] == expected(power, a, b, i));
}

/** A section of coefficients. */
struct Section {
  std::vector<u8> bytes = std::vector<u8>(4);

  void add(u32 matrix, u32 row, u32 wire, const Fr& value) {
    const std::size_t at = bytes.size();
    bytes.resize(at + 44);
    const Fr stored = value * Fr{Fr::R2};
    std::memcpy(&bytes[at], &matrix, 4);
    std::memcpy(&bytes[at + 4], &row, 4);
    std::memcpy(&bytes[at + 8], &wire, 4);
    stored.store(&bytes[at + 12]);
    setCount(readU32(bytes.data()) + 1);
  }
  void setCount(u32 count) { std::memcpy(bytes.data(), &count, 4); }
};

Fr coefficient(Random& random) {
  const u64 kind = random.below(10);
  if (kind < 3) return Fr::one();
  if (kind < 5) return Fr::fromSigned(-1);
  if (kind == 5) return Fr::from(u64{1} << random.below(64));
  if (kind == 6) return Fr::fromSigned(-(i64{1} << random.below(63)));
  if (kind == 7) return Fr::fromSigned((random.below(2) == 0 ? 1 : -1) * (i64{1} << 30) + static_cast<i64>(random.below(3)) - 1);
  if (kind == 8) return Fr::zero();
  return random.element<Fr>();
}
Fr wireValue(Random& random) {
  const u64 kind = random.below(10);
  if (kind < 3) return Fr::zero();
  if (kind < 6) return Fr::one();
  if (kind == 6) return Fr::fromSigned(-static_cast<i64>(random.below(300)));
  if (kind == 7) return Fr::fromSigned((random.below(2) == 0 ? 1 : -1) * (i64{1} << 31) + static_cast<i64>(random.below(3)) - 1);
  if (kind == 8) return Fr::from(random.word());
  return random.element<Fr>();
}

void quotient(unsigned power, unsigned threads) {
  const std::size_t n = std::size_t{1} << power;
  const u32 nWires = 1 + static_cast<u32>(n / 2);
  Random random(1000 + power);
  std::vector<u8> witness;
  std::vector<Fr> values(nWires), a(n), b(n);
  for (Fr& v : values) {
    v = wireValue(random);
    const U256 integer = v.integer();
    witness.insert(witness.end(), reinterpret_cast<const u8*>(&integer), reinterpret_cast<const u8*>(&integer) + 32);
  }
  Section section;
  for (std::size_t i = 0; i < 5 * n; i++) {
    const u32 matrix = static_cast<u32>(random.below(2)), wire = static_cast<u32>(random.below(nWires));
    const std::size_t row = i < 2 * n ? i / 2 : random.below(n);
    const Fr c = coefficient(random);
    section.add(matrix, static_cast<u32>(row), wire, c);
    (matrix == 0 ? a : b)[row] += c * values[wire];
  }
  const QuotientPlan plan(section.bytes, power, nWires, threads);
  CHECK(plan.memoryBytes() > 0 && plan.workBytes() > 32 * n);
  SecretArray<U256> out;
  plan.evaluate(witness.data(), threads, Control(), out);
  CHECK(out.size() == n);
  for (const std::size_t i : points(n, random)) CHECK(out[i] == expected(power, a, b, i));
}

}  // namespace

TEST("ntt: scalar transforms against the barycentric formula") {
  for (unsigned power = 0; power <= 13; power++) {
    for (const Maker make : {any, edge, largest, none}) transforms<ScalarKernel>(power, make, 1 + power % 4);
  }
}
#if defined(ZK_IFMA)
TEST("ntt: vector transforms against the barycentric formula") {
  for (unsigned power = IfmaKernel::kMinPower; power <= 16; power++) {
    for (const Maker make : {any, edge, largest, none}) transforms<IfmaKernel>(power, make, 1 + power % 4);
  }
}
#endif
TEST("ntt: quotient of random rows") {
  for (unsigned power = 0; power <= 13; power++) {
    for (const unsigned threads : {1u, 4u}) quotient(power, threads);
  }
}
TEST("ntt: quotient at 2^18") { quotient(18, 3); }

TEST("ntt: damaged coefficients") {
  Section good;
  good.add(0, 1, 2, Fr::one());
  good.add(1, 3, 4, Fr::from(u64{1} << 50));
  const auto plan = [](const Section& s) { return QuotientPlan(s.bytes, 2, 5, 2).memoryBytes(); };
  CHECK(plan(good) > 0);
  Section empty;
  CHECK(plan(empty) > 0);
  const auto changed = [&](std::size_t at, u8 value) {
    Section s = good;
    s.bytes[at] = value;
    return s;
  };
  CHECK_THROWS(plan(changed(4, 2)), "ARTIFACT_FORMAT");      // matrix
  CHECK_THROWS(plan(changed(8, 4)), "ARTIFACT_FORMAT");      // row
  CHECK_THROWS(plan(changed(12, 5)), "ARTIFACT_FORMAT");     // wire
  CHECK_THROWS(plan(changed(47, 0x31)), "ARTIFACT_FORMAT");  // value
  CHECK_THROWS(plan(changed(0, 1)), "ARTIFACT_FORMAT");
  CHECK_THROWS(plan(changed(3, 255)), "ARTIFACT_FORMAT");
  Section shorter = good;
  shorter.bytes.pop_back();
  CHECK_THROWS(plan(shorter), "ARTIFACT_FORMAT");
  shorter.bytes.resize(3);
  CHECK_THROWS(plan(shorter), "ARTIFACT_FORMAT");
  CHECK_THROWS(QuotientPlan(good.bytes, kMaxPower + 1, 5, 1), "ARTIFACT_FORMAT");
}

TEST("ntt: cancelled") {
  std::int32_t words[Control::kWords] = {1, 0, 0, 0};
  Section section;
  section.add(0, 1, 0, Fr::one());
  const QuotientPlan plan(section.bytes, 10, 1, 1);
  const U256 one = u256(0, 0, 0, 1);
  const auto evaluate = [&] {
    SecretArray<U256> out;
    plan.evaluate(reinterpret_cast<const u8*>(&one), 2, Control(words), out);
    return out.size();
  };
  CHECK_THROWS(evaluate(), "ABORTED");
}
