/** Arithmetic against plain bigint and @noble/curves. */
#include "vectors.h"

#include "../pairing/final-exponentiation.h"

using namespace zk;
using zk::test::forVectors;
using zk::test::Line;

namespace {

template <class F>
void unary(const char* kind) {
  forVectors(kind, [](Line& line) {
    const F a = line.element<F>();
    CHECK(a.isCanonical());
    CHECK(a.negate() == line.element<F>());
    CHECK(a.doubled() == line.element<F>());
    CHECK(a.halved() == line.element<F>());
    CHECK(a.square() == line.element<F>());
    CHECK(a.inverse() == line.element<F>());
  });
}

template <class F>
void binary(const char* kind) {
  forVectors(kind, [](Line& line) {
    const F a = line.element<F>(), b = line.element<F>();
    const F sum = a + b, difference = a - b, product = a * b;
    CHECK(sum.isCanonical() && difference.isCanonical() && product.isCanonical());
    CHECK(sum == line.element<F>());
    CHECK(difference == line.element<F>());
    CHECK(product == line.element<F>());
    F c = a;
    CHECK((c += b) == sum);
    CHECK((c -= b) == a);
    CHECK((c *= b) == product);
  });
}

/** The integers of a line are kept: conversions are checked too. */
template <class F>
void conversions(const char* kind) {
  forVectors(kind, [](Line& line) {
    const U256 a = line.integer();
    CHECK(F::from(a).integer() == a);
    u8 bytes[32];
    F::from(a).store(bytes);
    CHECK(F::load(bytes) == F::from(a));
  });
}

template <class F>
void points(const std::string& name) {
  forVectors((name + "double").c_str(), [](Line& line) {
    const Affine<F> p = line.point<F>(), twice = line.point<F>(), negative = line.point<F>();
    const Xyzz<F> q = Xyzz<F>::from(p);
    CHECK(isOnCurve(p));
    CHECK(p.negate() == negative);
    CHECK(q.affine() == p);
    CHECK(q.doubled().affine() == twice);
    CHECK((q + q).affine() == twice);
    CHECK((q + p).affine() == twice);
    CHECK((q + negative).isInfinity());
    CHECK((q + q.negate()).isInfinity());
  });
  forVectors((name + "add").c_str(), [](Line& line) {
    const Affine<F> p = line.point<F>(), q = line.point<F>(), sum = line.point<F>();
    const Xyzz<F> wideP = Xyzz<F>::from(p), wideQ = Xyzz<F>::from(q);
    CHECK((wideP + q).affine() == sum);
    CHECK((wideQ + p).affine() == sum);
    CHECK((wideP + wideQ).affine() == sum);
    // The same points with other coordinates: ZZ is not 1.
    const Xyzz<F> other = wideP.doubled() + p.negate();
    CHECK((other + q).affine() == sum);
    CHECK((other + wideQ).affine() == sum);
    CHECK((wideQ + other).affine() == sum);
    CHECK((other + other).affine() == wideP.doubled().affine());
    CHECK((other + p.negate()).isInfinity());
  });
  forVectors((name + "times").c_str(), [](Line& line) {
    const Affine<F> p = line.point<F>();
    const U256 k = line.integer();
    CHECK(multiply(p, k).affine() == line.point<F>());
  });
}

}  // namespace

TEST("vectors: 256-bit integers") {
  forVectors("int", [](Line& line) {
    const U256 a = line.integer(), b = line.integer();
    u64 carry = 2, borrow = 2;
    CHECK(add(a, b, &carry) == line.integer());
    CHECK(carry == line.integer().w[0]);
    CHECK(sub(a, b, &borrow) == line.integer());
    const bool less = !line.integer().isZero();
    CHECK((borrow == 1) == less && borrow <= 1);
    CHECK((a < b) == less);
  });
}

TEST("vectors: Fq, one operand") { unary<Fq>("fq1"); }
TEST("vectors: Fq, two operands") { binary<Fq>("fq"); }
TEST("vectors: Fq, conversions") { conversions<Fq>("fq1"); }
TEST("vectors: Fr, one operand") { unary<Fr>("fr1"); }
TEST("vectors: Fr, two operands") { binary<Fr>("fr"); }
TEST("vectors: Fr, conversions") { conversions<Fr>("fr1"); }

TEST("vectors: Fq2, one operand") {
  forVectors("fq21", [](Line& line) {
    const Fq2 x = line.element<Fq2>();
    CHECK(x.negate() == line.element<Fq2>());
    CHECK(x.square() == line.element<Fq2>());
    CHECK(x.inverse() == line.element<Fq2>());
    CHECK(timesXi(x) == line.element<Fq2>());
  });
}
TEST("vectors: Fq2, two operands") { binary<Fq2>("fq2"); }

TEST("vectors: points of G1") { points<Fq>("g1"); }
TEST("vectors: points of G2") { points<Fq2>("g2"); }

TEST("vectors: membership in G2") {
  forVectors("member", [](Line& line) {
    const G2 p = line.point<Fq2>();
    CHECK(isOnCurve(p) == !line.integer().isZero());
    CHECK(prepareG2(p).has_value() == !line.integer().isZero());
  });
}

TEST("vectors: pairings") {
  forVectors("pairing", [](Line& line) {
    const G1 p = line.point<Fq>();
    const std::optional<PreparedG2> q = prepareG2(line.point<Fq2>());
    CHECK(q.has_value());
    if (!q) return;
    const MillerPair pair = {p, &*q};
    const Fq12 e = finalExponentiation(millerProduct({&pair, 1}));
    for (const Fq2* part : {&e.a.a, &e.a.b, &e.a.c, &e.b.a, &e.b.b, &e.b.c}) CHECK(*part == line.element<Fq2>());
  });
}
