/** The tower, the pairing's laws and membership in G2. */
#include "../pairing/final-exponentiation.h"
#include "check.h"
#include "twist.h"

using namespace zk;
using zk::test::anyTwistPoint;
using zk::test::Random;

namespace {

Fq6 element6(Random& random) { return {random.element2(), random.element2(), random.element2()}; }
Fq12 element12(Random& random) { return {element6(random), element6(random)}; }

Fq12 power(const Fq12& x, const U256& e) {
  Fq12 r = Fq12::one();
  for (unsigned i = e.bitLength(); i-- > 0;) {
    r = r.square();
    if (e.bit(i)) r *= x;
  }
  return r;
}

Fq12 pairing(const G1& p, const G2& q) {
  const std::optional<PreparedG2> prepared = prepareG2(q);
  CHECK(prepared.has_value());
  if (!prepared) return Fq12::one();
  const MillerPair pair = {p, &*prepared};
  return finalExponentiation(millerProduct({&pair, 1}));
}

}  // namespace

TEST("pairing: Fq6 and Fq12 are fields") {
  Random random(2);
  for (int i = 0; i < 200; i++) {
    const Fq6 x = element6(random), y = element6(random), z = element6(random);
    CHECK(x * y == y * x);
    CHECK((x * y) * z == x * (y * z));
    CHECK(x * (y + z) == x * y + x * z);
    CHECK(x.square() == x * x);
    CHECK(x.isZero() || x * x.inverse() == Fq6::one());
    CHECK(x.timesV() == x * Fq6{Fq2::zero(), Fq2::one(), Fq2::zero()});
    const Fq2 s = random.element2(), t = random.element2();
    CHECK(x.timesLinear(s, t) == x * Fq6{s, t, Fq2::zero()});
    const Fq12 f = element12(random), g = element12(random), h = element12(random);
    CHECK(f * g == g * f);
    CHECK((f * g) * h == f * (g * h));
    CHECK(f.square() == f * f);
    CHECK((f.a.isZero() && f.b.isZero()) || (f * f.inverse()).isOne());
    CHECK(f.timesLine(s, t) == f * Fq12{Fq6::one(), {s, t, Fq2::zero()}});
  }
  CHECK(Fq6::zero().inverse().isZero());
}

TEST("pairing: Frobenius is the q-th power") {
  Random random(3);
  for (int i = 0; i < 5; i++) {
    const Fq12 f = element12(random);
    CHECK(frobenius(f) == power(f, Fq::modulus));
    Fq12 g = f;
    for (int k = 0; k < 6; k++) g = frobenius(g);
    CHECK(g == f.conjugate());
  }
}

TEST("pairing: squares in the cyclotomic subgroup") {
  Random random(4);
  for (int i = 0; i < 20; i++) {
    const Fq12 f = element12(random);
    if (f.a.isZero() && f.b.isZero()) continue;
    const Fq12 t = f.conjugate() * f.inverse(), g = frobenius(frobenius(t)) * t;
    CHECK(g.cyclotomicSquare() == g.square());
    CHECK((g * g.conjugate()).isOne());
    CHECK(powerOfX(g) == power(g, u256(0, 0, 0, kBnX)));
  }
}

TEST("pairing: bilinear, not degenerate, of order r") {
  Random random(5);
  const G1 p = g1Generator();
  const G2 q = g2Generator();
  const Fq12 e = pairing(p, q);
  CHECK(!e.isOne());
  CHECK(power(e, Fr::modulus).isOne());
  CHECK(pairing(p.negate(), q) == e.conjugate());
  CHECK(pairing(p, q.negate()) == e.conjugate());
  CHECK(pairing(G1::infinity(), q).isOne());
  for (int i = 0; i < 8; i++) {
    const Fr a = random.element<Fr>(), b = random.element<Fr>();
    if (a.isZero() || b.isZero()) continue;
    const G1 ap = multiply(p, a);
    const G2 bq = multiply(q, b);
    CHECK(pairing(ap, bq) == power(e, (a * b).integer()));
    CHECK(pairing(ap, q) == pairing(p, multiply(q, a)));
    const std::optional<PreparedG2> one = prepareG2(bq), two = prepareG2(q);
    const std::array<MillerPair, 2> pairs = {{{ap, &*one}, {multiply(p, a * b).negate(), &*two}}};
    CHECK(finalExponentiation(millerProduct(pairs)).isOne());
    CHECK(finalExponentiation(millerProduct({pairs.data(), 1})) == pairing(ap, bq));
  }
  CHECK(finalExponentiation(millerProduct({})).isOne());
}

TEST("pairing: points outside of G2 are refused") {
  Random random(6);
  const G2 q = g2Generator();
  CHECK(prepareG2(q).has_value());
  CHECK(!prepareG2(G2::infinity()).has_value());
  CHECK(!prepareG2({q.x, q.y + Fq2::one()}).has_value());
  for (int i = 0; i < 40; i++) {
    G2 raised = multiply(q, random.element<Fr>());
    Fq* const coordinates[] = {&raised.x.a, &raised.x.b, &raised.y.a, &raised.y.b};
    U256& form = coordinates[i % 4]->m;
    form = add(form, Fq::modulus);
    CHECK(!prepareG2(raised).has_value());
  }
  // r (2q - r) points, 10069 divides 2q - r.
  const U256 cofactor = sub(add(Fq::modulus, Fq::modulus), Fr::modulus);
  U256 rest = cofactor;
  u64 remainder = 0;
  for (int i = 3; i >= 0; i--) {
    const u128 t = (static_cast<u128>(remainder) << 64) | rest.w[i];
    rest.w[i] = static_cast<u64>(t / 10069);
    remainder = static_cast<u64>(t % 10069);
  }
  CHECK(remainder == 0);
  for (int i = 0; i < 20; i++) {
    const G2 any = anyTwistPoint(random);
    CHECK(isOnCurve(any));
    const bool inside = multiply(any, Fr::modulus).isInfinity();
    CHECK(prepareG2(any).has_value() == inside);
    const G2 cleared = multiply(any, cofactor).affine();
    CHECK(cleared.isInfinity() || prepareG2(cleared).has_value());
    const G2 small = multiply(multiply(any, Fr::modulus).affine(), rest).affine();
    CHECK(small.isInfinity() || multiply(small, u256(0, 0, 0, 10069)).isInfinity());
    CHECK(!prepareG2(small).has_value());
    CHECK(!prepareG2((Xyzz<Fq2>::from(cleared) + small).affine()).has_value() || small.isInfinity());
  }
}
