/** The tower, the pairing's laws, membership in G2, and proofs that must be refused. */
#include "../pairing/groth16.h"
#include "check.h"

using namespace zk;
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

/** A point of the twist, most likely not of order r: x with a square x^3 + b. */
G2 anyTwistPoint(Random& random) {
  U256 e = sub(Fq::modulus, u256(0, 0, 0, 3));  // (q - 3) / 4
  e = half(half(e));
  for (;;) {
    const Fq2 x = random.element2(), z = x.square() * x + CurveB<Fq2>::value;
    // q = 3 mod 4: Adj and Rodriguez-Henriquez, "Square Root Computation over Even Extension Fields", 2014, algorithm 9.
    Fq2 a1 = Fq2::one();
    for (unsigned i = e.bitLength(); i-- > 0;) {
      a1 = a1.square();
      if (e.bit(i)) a1 *= z;
    }
    const Fq2 x0 = a1 * z, alpha = a1 * x0;
    Fq2 y;
    if (alpha == Fq2::one().negate()) {
      y = Fq2{x0.b.negate(), x0.a};
    } else {
      Fq2 b = Fq2::one();
      const U256 half1 = half(Fq::modulus);
      for (unsigned i = half1.bitLength(); i-- > 0;) {
        b = b.square();
        if (half1.bit(i)) b *= alpha + Fq2::one();
      }
      y = b * x0;
    }
    if (y.square() == z) return {x, y};
  }
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
  CHECK(!prepareG2({Fq2{Fq{add(q.x.a.m, Fq::modulus)}, q.x.b}, q.y}).has_value());
  CHECK(!prepareG2({q.x, Fq2{q.y.a, Fq{add(q.y.b.m, Fq::modulus)}}}).has_value());
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

namespace {

struct Statement {
  VerifyingKeyPoints key;
  std::vector<U256> signals;
  ProofPoints proof;
};

/** A key with known discrete logarithms, and a proof made with them: C = (a b - alpha beta - gamma input) / delta. */
Statement statement(Random& random, std::size_t count) {
  const auto scalar = [&] {
    for (;;) {
      const Fr s = random.element<Fr>();
      if (!s.isZero()) return s;
    }
  };
  const G1 g = g1Generator();
  const G2 h = g2Generator();
  const Fr alpha = scalar(), beta = scalar(), gamma = scalar(), delta = scalar(), a = scalar(), b = scalar();
  Statement s;
  s.key = {multiply(g, alpha), multiply(h, beta), multiply(h, gamma), multiply(h, delta), {}};
  Fr input = Fr::zero();
  for (std::size_t i = 0; i <= count; i++) {
    const Fr base = scalar(), signal = i == 0 ? Fr::one() : i % 3 == 1 ? Fr::zero() : random.element<Fr>();
    s.key.ic.push_back(multiply(g, base));
    if (i > 0) s.signals.push_back(signal.integer());
    input += base * signal;
  }
  s.proof = {multiply(g, a), multiply(h, b), multiply(g, (a * b - alpha * beta - gamma * input) * delta.inverse())};
  return s;
}

bool verify(const Statement& s) { return verifyGroth16(s.key, s.signals, s.proof); }

}  // namespace

TEST("pairing: Groth16 proofs") {
  Random random(7);
  for (const std::size_t count : {0u, 1u, 3u, 20u}) {
    const Statement s = statement(random, count);
    CHECK(verify(s));
    const PreparedVerifyingKey key(s.key);
    CHECK(key.publicSignals() == count);
    CHECK(key.verify(s.signals, s.proof));
    for (std::size_t i = 0; i < count; i++) {
      std::vector<U256> signals = s.signals;
      signals[i] = Fr{Fr::from(signals[i]) + Fr::one()}.integer();
      CHECK(!key.verify(signals, s.proof));
      signals[i] = add(s.signals[i], Fr::modulus);
      CHECK(!key.verify(signals, s.proof));
      signals[i] = Fr::modulus;
      CHECK(!key.verify(signals, s.proof));
    }
    std::vector<U256> more = s.signals;
    more.push_back(U256{});
    CHECK(!key.verify(more, s.proof));
    if (count > 0) CHECK(!key.verify({s.signals.data(), count - 1}, s.proof));
  }
}

TEST("pairing: wrong proofs are refused") {
  Random random(8);
  const Statement s = statement(random, 3);
  const PreparedVerifyingKey key(s.key);
  const auto refused = [&](const ProofPoints& proof) { return !key.verify(s.signals, proof); };
  const ProofPoints& p = s.proof;
  CHECK(!refused(p));
  // A and B may both be negated, or scaled: Groth16 proofs are malleable.
  CHECK(!refused({p.a.negate(), p.b.negate(), p.c}));
  CHECK(refused({p.a.negate(), p.b, p.c}));
  CHECK(refused({p.a, p.b.negate(), p.c}));
  CHECK(refused({p.a, p.b, p.c.negate()}));
  CHECK(refused({p.c, p.b, p.a}));
  CHECK(refused({g1Generator(), p.b, p.c}));
  CHECK(refused({p.a, g2Generator(), p.c}));
  CHECK(refused({p.a, p.b, g1Generator()}));
  CHECK(refused({G1::infinity(), p.b, p.c}));
  CHECK(refused({p.a, G2::infinity(), p.c}));
  CHECK(refused({p.a, p.b, G1::infinity()}));
  CHECK(refused({G1::infinity(), G2::infinity(), G1::infinity()}));
  CHECK(refused({{p.a.x, p.a.y + Fq::one()}, p.b, p.c}));
  CHECK(refused({p.a, p.b, {p.c.x + Fq::one(), p.c.y}}));
  CHECK(refused({p.a, {p.b.x + Fq2::one(), p.b.y}, p.c}));
  CHECK(refused({p.a, {p.b.x.conjugate(), p.b.y.conjugate()}, p.c}));
  CHECK(refused({p.a, {{p.b.x.b, p.b.x.a}, {p.b.y.b, p.b.y.a}}, p.c}));
  CHECK(refused({{Fq{add(p.a.x.m, Fq::modulus)}, p.a.y}, p.b, p.c}));
  CHECK(refused({p.a, p.b, {p.c.x, Fq{add(p.c.y.m, Fq::modulus)}}}));
  CHECK(refused({p.a, {p.b.x, {Fq{add(p.b.y.a.m, Fq::modulus)}, p.b.y.b}}, p.c}));
  // B plus a point of the cofactor's order pairs to the same in some implementations.
  const G2 stray = multiply(anyTwistPoint(random), Fr::modulus).affine();
  CHECK(!stray.isInfinity());
  CHECK(refused({p.a, (Xyzz<Fq2>::from(p.b) + stray).affine(), p.c}));
  for (int i = 0; i < 20; i++) {
    ProofPoints bad = p;
    U256* const words[] = {&bad.a.x.m, &bad.a.y.m, &bad.b.x.a.m, &bad.b.x.b.m, &bad.b.y.a.m, &bad.b.y.b.m, &bad.c.x.m, &bad.c.y.m};
    words[random.below(8)]->w[random.below(4)] ^= u64{1} << random.below(64);
    CHECK(refused(bad));
  }
}

TEST("pairing: unsafe keys are refused") {
  Random random(9);
  const Statement s = statement(random, 2);
  const auto with = [&](auto change) {
    VerifyingKeyPoints key = s.key;
    change(key);
    CHECK_THROWS(PreparedVerifyingKey(key), "KEY_UNSAFE");
  };
  with([](VerifyingKeyPoints& k) { k.delta = k.gamma; });
  with([](VerifyingKeyPoints& k) { k.alpha = G1::infinity(); });
  with([](VerifyingKeyPoints& k) { k.beta = G2::infinity(); });
  with([](VerifyingKeyPoints& k) { k.gamma = G2::infinity(); });
  with([](VerifyingKeyPoints& k) { k.delta = G2::infinity(); });
  with([](VerifyingKeyPoints& k) { k.ic[1] = G1::infinity(); });
  with([](VerifyingKeyPoints& k) { k.ic.clear(); });
  with([](VerifyingKeyPoints& k) { k.alpha.y += Fq::one(); });
  with([](VerifyingKeyPoints& k) { k.ic[0].x += Fq::one(); });
  with([](VerifyingKeyPoints& k) { k.gamma.x.a += Fq::one(); });
  with([&](VerifyingKeyPoints& k) { k.beta = anyTwistPoint(random); });
  with([&](VerifyingKeyPoints& k) { k.delta = anyTwistPoint(random); });
  with([](VerifyingKeyPoints& k) { k.alpha.x.m = add(k.alpha.x.m, Fq::modulus); });
}
