/** Batched additions, sums of lists, and multi-scalar multiplications against one addition after the other. */
#include "../curve/batch-double.h"
#include "../msm/msm.h"
#include "check.h"

namespace zk::test {
namespace {

template <class F>
Affine<F> generator() {
  if constexpr (sizeof(F) > 32) {
    return g2Generator();
  } else {
    return g1Generator();
  }
}

/** Distinct points, every 37th at infinity, with equal and opposite neighbours here and there. */
template <class F>
std::vector<Affine<F>> somePoints(std::size_t count, bool special) {
  std::vector<Affine<F>> points;
  const Affine<F> step = multiply(generator<F>(), Fr::from(99991));
  Xyzz<F> at = Xyzz<F>::from(multiply(generator<F>(), Fr::from(77)));
  for (std::size_t i = 0; i < count; i++) {
    points.push_back(at.affine());
    at += step;
    if (!special || i == 0) continue;
    if (i % 37 == 5) points[i] = Affine<F>::infinity();
    if (i % 41 == 7) points[i] = points[i - 1];
    if (i % 43 == 1) points[i] = points[i - 1].negate();
  }
  return points;
}

template <class F>
std::span<const u8> bytesOf(const std::vector<Affine<F>>& points) {
  return {reinterpret_cast<const u8*>(points.data()), points.size() * sizeof(Affine<F>)};
}

template <class F>
void additions() {
  Random random(1);
  const auto points = somePoints<F>(500, true);
  std::vector<Tagged> left, right;
  std::vector<Affine<F>> out(9000);
  BatchAdder<F> adder;
  for (Affine<F>& sum : out) {
    const u64 i = random.below(points.size()), j = random.below(4) == 0 ? i : random.below(points.size());
    left.push_back(tagged(&points[i], random.below(2) == 1));
    right.push_back(tagged(&points[j], random.below(2) == 1));
    adder.push(left.back(), right.back(), &sum);
    if (random.below(100) == 0) adder.flush();
  }
  adder.flush();
  bool equal = true;
  for (std::size_t i = 0; i < out.size(); i++) {
    equal = equal && (Xyzz<F>::from(pointAt<F>(left[i])) + pointAt<F>(right[i])).affine() == out[i];
  }
  CHECK(equal);
}

/** Every operation writes where the one after it has read last. */
template <class F>
void additionsInPlace() {
  auto points = somePoints<F>(100, true);
  const auto before = points;
  BatchAdder<F> adder;
  for (std::size_t i = 0; i < 50; i++) adder.push(tagged(&points[2 * i]), tagged(&points[2 * i + 1], true), &points[i]);
  adder.flush();
  bool equal = true;
  for (std::size_t i = 0; i < 50; i++) {
    equal = equal && points[i] == (Xyzz<F>::from(before[2 * i]) + before[2 * i + 1].negate()).affine();
  }
  CHECK(equal);
}

template <class F>
void doublings() {
  auto points = somePoints<F>(5000, true);
  const auto before = points;
  BatchDoubler<F> doubler;
  for (std::size_t i = 0; i < points.size(); i++) {
    doubler.push(&points[i]);
    if (i % 1000 == 3) doubler.flush();
  }
  doubler.flush();
  bool equal = true;
  for (std::size_t i = 0; i < points.size(); i++) equal = equal && points[i] == Xyzz<F>::from(before[i]).doubled().affine();
  CHECK(equal);
}

template <class F>
void lists() {
  Random random(2);
  const auto points = somePoints<F>(300, true);
  std::vector<std::size_t> lengths = {0, 1, 2, 3, 5, 0, 4095, 4096, 4097, 1, 9000, 7, 33, 2, 2, 1, 1, 64, 0};
  for (int i = 0; i < 600; i++) lengths.push_back(random.below(12));
  std::vector<Affine<F>> sums(lengths.size()), expected;
  SegmentSum<F> summer;
  for (std::size_t i = 0; i < lengths.size(); i++) {
    summer.begin(&sums[i]);
    Xyzz<F> sum = Xyzz<F>::infinity();
    for (std::size_t k = 0; k < lengths[i]; k++) {
      // Now and then lists of few different points: sums and their opposites meet.
      const Tagged point = tagged(&points[random.below(i % 3 == 0 ? 3 : points.size())], random.below(2) == 1);
      summer.add(point);
      sum += pointAt<F>(point);
    }
    expected.push_back(sum.affine());
  }
  summer.finish();
  CHECK(sums == expected);
  summer.begin(&sums[0]);
  summer.add(tagged(&points[1]));
  summer.finish();
  CHECK(sums[0] == points[1]);
}

U256 someScalar(Random& random) {
  switch (random.below(10)) {
    case 0:
    case 1:
      return u256(0, 0, 0, random.below(2));
    case 2:
      return Fr::fromSigned(-static_cast<i64>(random.below(3))).integer();
    case 3:
      return Fr::fromSigned(static_cast<i64>(random.below(200000)) - 100000).integer();
    case 4:  // about half of r, where the sign turns
      return add(half(Fr::modulus), u256(0, 0, 0, random.below(3)));
    case 5:  // about the longest short one
      return add(u256(0, 0, 0, 0xfffffffe), u256(0, 0, 0, random.below(4)));
    case 6:
      return sub(Fr::modulus, u256(0, 0, 0, 0xfffffffe + random.below(4)));
    case 7: {
      u64 words[4] = {0, 0, 0, 0};
      words[random.below(3)] = random.word();
      return {{words[0], words[1], words[2], words[3]}};
    }
    default:
      return random.element<Fr>().m;
  }
}

template <class F>
void multiplications(const std::vector<std::size_t>& counts) {
  Random random(3);
  for (const std::size_t count : counts) {
    const auto points = somePoints<F>(count, true);
    for (const unsigned threads : {1u, 3u}) {
      const u32 first = static_cast<u32>(random.below(3));
      std::vector<U256> scalars;
      for (std::size_t i = 0; i < count + first; i++) scalars.push_back(someScalar(random));
      const Bases<F> bases(bytesOf(points), first, threads);
      const Scalars classed = classify(reinterpret_cast<const u8*>(scalars.data()), scalars.size(), threads);
      Xyzz<F> expected = Xyzz<F>::infinity();
      for (std::size_t i = 0; i < count; i++) expected += multiply(points[i], scalars[i + first]);
      CHECK(msm(bases, classed, threads).affine() == expected.affine());
    }
  }
}

}  // namespace

TEST("sums: additions in batches, G1") { additions<Fq>(); }
TEST("sums: additions in batches, G2") { additions<Fq2>(); }
TEST("sums: additions in place") {
  additionsInPlace<Fq>();
  additionsInPlace<Fq2>();
}
TEST("sums: doublings in batches") {
  doublings<Fq>();
  doublings<Fq2>();
}
TEST("sums: lists of points, G1") { lists<Fq>(); }
TEST("sums: lists of points, G2") { lists<Fq2>(); }

TEST("msm: digits give the number again") {
  Random random(4);
  bool equal = true, bounded = true;
  for (unsigned c = 2; c <= 16; c++) {
    const Digits longs(Scalars::kLongBits, c), shorts(Scalars::kShortBits, c);
    for (int i = 0; i < 200; i++) {
      const U256 m = i == 0 ? half(Fr::modulus) : half(half(half(random.integer())));
      U256 sum{};
      for (unsigned w = longs.windows(); w-- > 0;) {
        for (unsigned k = 0; k < c; k++) sum = add(sum, sum);
        const std::int32_t digit = longs.digit(m, w);
        bounded = bounded && static_cast<u32>(digit < 0 ? -digit : digit) <= longs.highest();
        const u64 size = static_cast<u64>(digit < 0 ? -digit : digit);
        sum = digit < 0 ? sub(sum, u256(0, 0, 0, size)) : add(sum, u256(0, 0, 0, size));
      }
      equal = equal && sum == m;
      const u32 small = i == 0 ? 0xffffffff : static_cast<u32>(random.word());
      i64 shortSum = 0;
      for (unsigned w = shorts.windows(); w-- > 0;) shortSum = shortSum * (i64{1} << c) + shorts.digit(small, w);
      equal = equal && shortSum == small;
    }
  }
  CHECK(equal);
  CHECK(bounded);
}

TEST("msm: classes of scalars") {
  const std::vector<U256> scalars = {u256(0, 0, 0, 0), u256(0, 0, 0, 1), sub(Fr::modulus, u256(0, 0, 0, 1)), u256(0, 0, 0, 2),
                                     u256(0, 0, 0, 0xffffffff), u256(0, 0, 0, 0x100000000),
                                     sub(Fr::modulus, u256(0, 0, 0, 5)), u256(0, 0, 1, 0)};
  const Scalars classed = classify(reinterpret_cast<const u8*>(scalars.data()), scalars.size(), 1);
  const auto consistsOf = [](const SecretArray<Term>& terms, std::vector<Term> expected) {
    return std::equal(terms.data(), terms.data() + terms.size(), expected.begin(), expected.end());
  };
  CHECK(consistsOf(classed.units, {2, 5}));
  CHECK(consistsOf(classed.shorts.terms, {6, 8, 13}));
  CHECK(consistsOf(classed.longs.terms, {10, 14}));
}

TEST("msm: G1") { multiplications<Fq>({0, 1, 2, 3, 17, 300, 1500}); }
TEST("msm: G2") { multiplications<Fq2>({0, 1, 5, 250}); }

TEST("msm: one point many times over, and with its opposite") {
  std::vector<G1> points(1000, g1Generator());
  for (std::size_t i = 0; i < points.size(); i += 3) points[i] = points[i].negate();
  std::vector<U256> scalars(points.size(), u256(0x123456789, 0xabcdef, 5, 7));
  const Bases<Fq> bases(bytesOf(points), 0, 1);
  const Scalars classed = classify(reinterpret_cast<const u8*>(scalars.data()), scalars.size(), 1);
  const G1 expected = multiply(g1Generator(), Fr::from(scalars[0]) * Fr::fromSigned(1000 - 2 * 334));
  CHECK(msm(bases, classed, 2).affine() == expected);
}

TEST("msm: cancelled") {
  const auto points = somePoints<Fq>(100, false);
  std::vector<U256> scalars(points.size(), u256(1, 2, 3, 4));
  std::int32_t words[Control::kWords] = {1, 0, 0, 0};
  const Bases<Fq> bases(bytesOf(points), 0, 1);
  const Scalars classed = classify(reinterpret_cast<const u8*>(scalars.data()), scalars.size(), 1);
  CHECK_THROWS(msm(bases, classed, 2, Control(words)), "ABORTED");
}

}  // namespace zk::test
