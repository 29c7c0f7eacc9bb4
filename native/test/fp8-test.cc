/** Eight lanes at a time against one, with lazy values at the ends of their ranges. */
#include "../field/fp8.h"

#include <array>

#include "check.h"

#if defined(ZK_IFMA)

using namespace zk;
using zk::test::Random;

namespace {

__extension__ typedef __int128 i128;

/** 2^260, as a factor. */
template <class F>
F shift260() {
  return F::from(16) * F{F::R2};
}

template <class Params>
struct Lanes8 {
  using F = Fp<Params>;
  using V = Fp8<Params>;
  using Limb = std::array<i64, 5>;

  alignas(64) i64 l[5][8];

  void set(int lane, const Limb& x) {
    for (int i = 0; i < 5; i++) l[i][lane] = x[static_cast<std::size_t>(i)];
  }
  V vector() const {
    V r;
    for (int i = 0; i < 5; i++) r.l[i] = _mm512_load_si512(l[i]);
    return r;
  }
  static Lanes8 of(const V& v) {
    Lanes8 r;
    for (int i = 0; i < 5; i++) _mm512_store_si512(r.l[i], v.l[i]);
    return r;
  }
  /** The value of a lane mod p; limbs may be negative. */
  F value(int lane) const {
    F r = F::zero();
    for (int i = 4; i >= 0; i--) r = r * F::from(u64{1} << 52) + F::fromSigned(l[i][lane]);
    return r;
  }
  /** The value of a lane as a multiple of p, nearly. */
  long double size(int lane) const {
    long double r = 0, p = 0;
    for (int i = 4; i >= 0; i--) {
      r = r * 0x1p52L + static_cast<long double>(l[i][lane]);
      p = p * 0x1p52L + static_cast<long double>(V::p.l[i]);
    }
    return r / p;
  }
  /** The limbs of value - k p, the last one with the sign. */
  Limb less(int lane, i64 k) const {
    Limb r{};
    i64 carry = 0;
    for (std::size_t i = 0; i < 5; i++) {
      const i128 t = static_cast<i128>(l[i][lane]) - static_cast<i128>(V::p.l[i]) * k + carry;
      r[i] = i == 4 ? static_cast<i64>(t) : static_cast<i64>(t) & ((i64{1} << 52) - 1);
      carry = static_cast<i64>(t >> 52);
    }
    return r;
  }
  bool normalized(int lane) const {
    for (int i = 0; i < 4; i++) {
      if (l[i][lane] < 0 || l[i][lane] >= (i64{1} << 52)) return false;
    }
    return l[4][lane] >= 0;
  }
};

/** Normalized limbs of a value less than 2^260: extremes, neighbours of multiples of p, sparse limbs, random ones. */
template <class Params>
std::array<i64, 5> anyFactor(Random& random) {
  constexpr i64 ones = (i64{1} << 52) - 1;
  std::array<i64, 5> x{};
  const u64 kind = random.below(6);
  if (kind == 0) {
    x.fill(ones);
    x[random.below(5)] -= static_cast<i64>(random.below(3));
  } else if (kind == 1) {
    // k p + d
    i64 carry = static_cast<i64>(random.below(5)) - 2;
    const i64 k = static_cast<i64>(1 + random.below(84));
    for (std::size_t i = 0; i < 5; i++) {
      const i128 t = static_cast<i128>(Fp8<Params>::p.l[i]) * k + carry;
      x[i] = static_cast<i64>(t) & ones;
      carry = static_cast<i64>(t >> 52);
    }
  } else if (kind == 2) {
    for (i64& limb : x) limb = random.below(2) == 0 ? 0 : ones;
  } else if (kind == 3) {
    x[random.below(5)] = random.below(2) == 0 ? 1 : i64{1} << 51;
  } else {
    for (i64& limb : x) limb = static_cast<i64>(random.word()) & ones;
  }
  return x;
}

template <class Params>
Lanes8<Params> factors(Random& random) {
  Lanes8<Params> r;
  for (int lane = 0; lane < 8; lane++) r.set(lane, anyFactor<Params>(random));
  return r;
}

constexpr long double kSlack = 1e-12L;
constexpr long double kFactor = 0x1p260L;

template <class Params>
long double modulusSize() {
  long double p = 0;
  for (int i = 4; i >= 0; i--) p = p * 0x1p52L + static_cast<long double>(Fp8<Params>::p.l[i]);
  return p;
}

template <class Params>
void products() {
  using T = Lanes8<Params>;
  using F = Fp<Params>;
  using V = Fp8<Params>;
  Random random(20);
  const F k = shift260<F>();
  const long double limit = kFactor / modulusSize<Params>();
  for (int round = 0; round < 3000; round++) {
    const T a = factors<Params>(random), b = factors<Params>(random), c = factors<Params>(random), d = factors<Params>(random);
    const T ab = T::of(V::mul(a.vector(), b.vector())), aa = T::of(a.vector().square());
    const T sum = T::of(V::mulSum(a.vector(), b.vector(), c.vector(), d.vector()));
    for (int i = 0; i < 8; i++) {
      CHECK(ab.normalized(i) && aa.normalized(i) && sum.normalized(i));
      CHECK(ab.value(i) * k == a.value(i) * b.value(i));
      CHECK(aa.value(i) * k == a.value(i) * a.value(i));
      CHECK(sum.value(i) * k == a.value(i) * b.value(i) + c.value(i) * d.value(i));
      CHECK(ab.size(i) <= a.size(i) * b.size(i) / limit + 1 + kSlack);
      CHECK(sum.size(i) <= (a.size(i) * b.size(i) + c.size(i) * d.size(i)) / limit + 1 + kSlack);
    }
  }
}

template <unsigned k, class Params>
void difference(const Lanes8<Params>& a, const Lanes8<Params>& b) {
  using T = Lanes8<Params>;
  using V = Fp8<Params>;
  const V raw = V::template subRaw<k>(a.vector(), b.vector());
  const T plain = T::of(raw), normal = T::of(raw.normalized());
  for (int i = 0; i < 8; i++) {
    CHECK(plain.value(i) == a.value(i) - b.value(i));
    // b at most k p: nothing negative.
    const auto above = b.less(i, k);
    if (above[4] >= 0 && above != typename T::Limb{}) continue;
    CHECK(normal.value(i) == a.value(i) - b.value(i));
    CHECK(normal.normalized(i));
  }
}

template <unsigned k, class Params>
void reduced(const Lanes8<Params>& a) {
  const auto r = Lanes8<Params>::of(a.vector().template reducedBy<k>());
  for (int lane = 0; lane < 8; lane++) {
    const auto less = a.less(lane, k);
    for (int i = 0; i < 5; i++) CHECK(r.l[i][lane] == (less[4] < 0 ? a.l[i][lane] : less[static_cast<std::size_t>(i)]));
  }
}

template <class Params>
void sums() {
  using T = Lanes8<Params>;
  using V = Fp8<Params>;
  Random random(21);
  for (int round = 0; round < 2000; round++) {
    const T a = factors<Params>(random), b = factors<Params>(random);
    const T sum = T::of(V::addRaw(a.vector(), b.vector()).normalized());
    for (int i = 0; i < 8; i++) {
      CHECK(sum.normalized(i) && sum.value(i) == a.value(i) + b.value(i));
    }
    difference<1>(a, b);
    difference<2>(a, b);
    difference<8>(a, b);
    difference<85>(a, b);
    reduced<1>(a);
    reduced<2>(a);
    reduced<4>(a);
    reduced<64>(a);
  }
}

template <class Params>
void words() {
  using T = Lanes8<Params>;
  using V = Fp8<Params>;
  Random random(22);
  for (int round = 0; round < 1000; round++) {
    alignas(64) u64 in[4][8], out[4][8];
    for (auto& row : in) {
      for (u64& word : row) word = random.below(4) == 0 ? 0 : random.below(3) == 0 ? ~u64{0} : random.word();
    }
    if (round % 3 == 0) {
      for (auto& row : in) row[round % 8] = 0;
    }
    const V v = V::fromWords(_mm512_load_si512(in[0]), _mm512_load_si512(in[1]), _mm512_load_si512(in[2]), _mm512_load_si512(in[3]));
    Vec w[4];
    v.toWords(w);
    for (int i = 0; i < 4; i++) _mm512_store_si512(out[i], w[i]);
    const T lanes = T::of(v);
    const unsigned zeros = v.zeroLanes();
    for (int lane = 0; lane < 8; lane++) {
      const U256 x = {{in[0][lane], in[1][lane], in[2][lane], in[3][lane]}};
      CHECK(x == (U256{{out[0][lane], out[1][lane], out[2][lane], out[3][lane]}}));
      CHECK(lanes.normalized(lane));
      const Limbs52 expected = limbs52(x);
      for (int i = 0; i < 5; i++) CHECK(static_cast<u64>(lanes.l[i][lane]) == expected.l[i]);
      CHECK(((zeros >> lane) & 1) == (x.isZero() ? 1u : 0u));
    }
    const __mmask8 mask = static_cast<__mmask8>(random.word());
    const T mixed = T::of(V::blend(mask, v, V::broadcast(Params::modulus)));
    for (int lane = 0; lane < 8; lane++) {
      for (int i = 0; i < 5; i++) {
        CHECK(static_cast<u64>(mixed.l[i][lane]) == ((mask >> lane) & 1 ? V::p.l[i] : static_cast<u64>(lanes.l[i][lane])));
      }
    }
  }
}

/** Canonical elements of memory, whose factor is 2^256, multiplied in lanes and one at a time. */
template <class Params>
void elements() {
  using F = Fp<Params>;
  using V = Fp8<Params>;
  Random random(23);
  for (int round = 0; round < 2000; round++) {
    alignas(64) u64 a[4][8], b[4][8], r[4][8];
    F x[8], y[8];
    for (int lane = 0; lane < 8; lane++) {
      x[lane] = random.element<F>();
      y[lane] = random.element<F>();
      for (int i = 0; i < 4; i++) a[i][lane] = x[lane].m.w[i], b[i][lane] = y[lane].m.w[i];
    }
    const auto load = [](const u64 (&w)[4][8]) {
      return V::fromWords(_mm512_load_si512(w[0]), _mm512_load_si512(w[1]), _mm512_load_si512(w[2]), _mm512_load_si512(w[3]));
    };
    Vec w[4];
    V::mul(load(a), load(b)).template reducedBy<1>().toWords(w);
    for (int i = 0; i < 4; i++) _mm512_store_si512(r[i], w[i]);
    for (int lane = 0; lane < 8; lane++) {
      const F product = {{{r[0][lane], r[1][lane], r[2][lane], r[3][lane]}}};
      CHECK(product.isCanonical());
      CHECK(product * F::from(16) == x[lane] * y[lane]);
    }
  }
}

}  // namespace

TEST("fp8: products in Fq") { products<FqParams>(); }
TEST("fp8: products in Fr") { products<FrParams>(); }
TEST("fp8: sums and reductions in Fq") { sums<FqParams>(); }
TEST("fp8: sums and reductions in Fr") { sums<FrParams>(); }
TEST("fp8: words and lanes in Fq") { words<FqParams>(); }
TEST("fp8: words and lanes in Fr") { words<FrParams>(); }
TEST("fp8: elements of Fq") { elements<FqParams>(); }
TEST("fp8: elements of Fr") { elements<FrParams>(); }

#endif
