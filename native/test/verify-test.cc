/** Proofs and keys that hold, and those that must be refused. */
#include "../pairing/bytes.h"
#include "../support/threads.h"
#include "check.h"
#include "twist.h"

using namespace zk;
using zk::test::anyTwistPoint;
using zk::test::Random;

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

TEST("verify: Groth16 proofs") {
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

TEST("verify: wrong proofs are refused") {
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

TEST("verify: unsafe keys are refused") {
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

TEST("verify: one key for several threads") {
  Random random(11);
  const Statement s = statement(random, 3);
  const PreparedVerifyingKey key(s.key);
  std::atomic<int> right{0};
  parallelTasks(4, 16, [&](std::size_t i) {
    std::vector<U256> signals = s.signals;
    if (i % 2 == 1) signals[1] = U256{};
    const bool expected = i % 2 == 0 || s.signals[1].isZero();
    if (key.verify(signals, s.proof) == expected) right++;
  });
  CHECK(right == 16);
}

namespace {

void put(std::vector<u8>& out, const Fq& x) {
  const U256 value = x.integer();
  const u8* bytes = reinterpret_cast<const u8*>(&value);
  out.insert(out.end(), bytes, bytes + 32);
}
void put(std::vector<u8>& out, const Fq2& x) {
  put(out, x.a);
  put(out, x.b);
}
template <class F>
void put(std::vector<u8>& out, const Affine<F>& p) {
  put(out, p.x);
  put(out, p.y);
}

}  // namespace

TEST("verify: keys and proofs as bytes") {
  Random random(12);
  const Statement s = statement(random, 2);
  std::vector<u8> keyBytes, proofBytes;
  put(keyBytes, s.key.alpha);
  for (const G2& point : {s.key.beta, s.key.gamma, s.key.delta}) put(keyBytes, point);
  for (const G1& point : s.key.ic) put(keyBytes, point);
  put(proofBytes, s.proof.a);
  put(proofBytes, s.proof.b);
  put(proofBytes, s.proof.c);
  CHECK(proofBytes.size() == kProofBytes);
  const std::optional<ProofPoints> proof = readProofPoints(proofBytes);
  CHECK(proof && verifyGroth16(readVerifyingKey(keyBytes), s.signals, *proof));

  for (std::size_t length = 0; length < keyBytes.size(); length++) {
    const std::span<const u8> cut(keyBytes.data(), length);
    if (length < kKeyHeadBytes + 64 || (length - kKeyHeadBytes) % 64 != 0) {
      CHECK_THROWS(readVerifyingKey(cut), "ARTIFACT_FORMAT");
    } else {
      CHECK(!verifyGroth16(readVerifyingKey(cut), s.signals, *proof));
    }
  }
  // Each coordinate plus q, which is the same mod q.
  const auto raised = [](std::vector<u8> bytes, std::size_t at) {
    U256 value;
    std::memcpy(&value, bytes.data() + at, 32);
    value = add(value, Fq::modulus);
    std::memcpy(bytes.data() + at, &value, 32);
    return bytes;
  };
  for (std::size_t at = 0; at < proofBytes.size(); at += 32) CHECK(!readProofPoints(raised(proofBytes, at)));
  for (std::size_t at = 0; at < keyBytes.size(); at += 32) {
    CHECK_THROWS(readVerifyingKey(raised(keyBytes, at)), "ARTIFACT_FORMAT");
  }
  const PreparedVerifyingKey key(s.key);
  for (int i = 0; i < 300; i++) {
    std::vector<u8> bytes = proofBytes;
    for (u64 changes = 1 + random.below(3); changes > 0; changes--) {
      bytes[random.below(bytes.size())] = static_cast<u8>(i % 3 == 0 ? random.below(2) * 255 : random.word());
    }
    const std::optional<ProofPoints> changed = readProofPoints(bytes);
    CHECK(bytes == proofBytes || !changed || !key.verify(s.signals, *changed));
  }
}
