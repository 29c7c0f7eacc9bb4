/** Field arithmetic against itself: what one path computes, the others must too. */
#include "check.h"

using namespace zk;
using zk::test::Random;

namespace {

template <class F>
U256 minus(const U256& x) {
  return sub(F::modulus, x);
}

/** Edge values of a field, as Montgomery forms. */
template <class F>
std::vector<F> edges() {
  std::vector<F> all = {F::zero(), F::one(), F{u256(0, 0, 0, 1)}, F{u256(0, 0, 0, 2)}, F{minus<F>(u256(0, 0, 0, 1))},
                        F{minus<F>(u256(0, 0, 0, 2))}, F{F::R2}, F{half(F::modulus)}, F{add(half(F::modulus), u256(0, 0, 0, 1))}};
  for (unsigned bit = 0; bit < 254; bit++) {
    U256 x{};
    x.w[bit / 64] = u64{1} << (bit % 64);
    if (!(x < F::modulus)) continue;
    all.push_back(F{x});
    if (!x.isZero()) all.push_back(F{sub(x, u256(0, 0, 0, 1))});
  }
  return all;
}

template <class F>
void inverses() {
  for (const F& x : edges<F>()) {
    const F y = x.inverse();
    CHECK(y.isCanonical());
    CHECK(x.isZero() ? y.isZero() : x * y == F::one());
  }
  Random random(1);
  for (int i = 0; i < 2000; i++) {
    const U256 any = random.integer();
    U256 x = any;
    while (!(x < F::modulus)) x = sub(x, F::modulus);
    const F y = F{any}.inverse();
    CHECK(y.isCanonical());
    CHECK(x.isZero() ? y.isZero() : F{x} * y == F::one());
  }
  U256 multiple{};
  for (int k = 0; k < 6; k++) {
    CHECK(F{multiple}.inverse().isZero());
    multiple = add(multiple, F::modulus);
  }
  static_assert(F::from(12345).inverse() * F::from(12345) == F::one());
}

}  // namespace

TEST("field: inverses of Fq") { inverses<Fq>(); }
TEST("field: inverses of Fr") { inverses<Fr>(); }

namespace {

/** What one multiplication by words gives, whichever instructions it uses: the portable one, and what Fp has. */
template <class Params>
void products() {
  using F = Fp<Params>;
  zk::test::Random random(10);
  std::vector<F> all = edges<F>();
  const std::size_t fixed = all.size();
  for (std::size_t i = 0; i < 100; i++) all.push_back(random.element<F>());
  const auto check = [](const F& a, const F& b) {
    const U256 portable = montgomeryMul<Params>(a.m, b.m);
    CHECK((a * b).m == portable);
    CHECK(portable < F::modulus);
    CHECK((a + b).m == (add(a.m, b.m) < F::modulus ? add(a.m, b.m) : sub(add(a.m, b.m), F::modulus)));
    CHECK((a - b).m == (a.m < b.m ? sub(add(a.m, F::modulus), b.m) : sub(a.m, b.m)));
  };
  for (std::size_t i = 0; i < all.size(); i++) {
    for (std::size_t j = i % 7; j < all.size(); j += 7) check(all[i], all[j]);
  }
  for (int i = 0; i < 20000; i++) check(random.element<F>(), i % 2 == 0 ? random.element<F>() : all[random.below(fixed)]);
}

}  // namespace

TEST("field: products, sums and differences of Fq by both ways") { products<FqParams>(); }
TEST("field: products, sums and differences of Fr by both ways") { products<FrParams>(); }
