/**
 * Groth16 setup by a single party, straight from the constraints (Groth 2016, https://eprint.iacr.org/2016/260, section 3.2), in the file formats
 * of snarkjs. Whoever runs it could forge proofs if they kept the secrets, so its keys are for development only; they carry a mark.
 */
#pragma once

#include <string>
#include <vector>

#include "../support/mapped-file.h"
#include "../support/random.h"
#include "fixed-base.h"
#include "lagrange.h"
#include "qap.h"
#include "zkey-writer.h"

namespace zk {

/** Discrete logarithms that nobody may know; gamma is 1, as in every key of snarkjs. Overwritten in the end. */
struct DevelopmentSecrets {
  Fr tau{}, alpha{}, beta{}, delta{};

  DevelopmentSecrets() = default;
  ~DevelopmentSecrets() { wipe(this, sizeof *this); }
  DevelopmentSecrets(const DevelopmentSecrets&) = default;
  DevelopmentSecrets& operator=(const DevelopmentSecrets&) = default;

  /** From the system's CSPRNG. @throws Error IO when it has none */
  static DevelopmentSecrets draw(unsigned power) {
    DevelopmentSecrets secrets;
    do {
      for (Fr* value : {&secrets.tau, &secrets.alpha, &secrets.beta, &secrets.delta}) *value = randomScalar();
    } while (!secrets.serve(power));
    return secrets;
  }
  /** Whether a domain of 2^power can have them: no point of the key is at infinity, tau is outside the doubled domain, gamma is not delta. */
  bool serve(unsigned power) const {
    for (const Fr* value : {&tau, &alpha, &beta, &delta}) {
      if (!value->isCanonical() || value->isZero()) return false;
    }
    Fr high = tau;
    for (unsigned i = 0; i <= power; i++) high = high.square();
    return !(high == Fr::one()) && !(delta == Fr::one());
  }
};

class DevelopmentSetup {
 public:
  /** Numbers of the stages that Control is told. */
  enum Stage : int { kReading = 0, kEvaluating = 1, kMultiplying = 2 };

  /** Bytes of section 10: no contributions, and what src/setup/zkey-writer.ts says of the mark. */
  static constexpr char kMark[64 + 1] = "zkinfer development key: do not use in production\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
  /** Public signals of every circuit: C, r, s. */
  static constexpr u32 kPublicSignals = 3;

  DevelopmentSetup(unsigned threads, const Control& control) : threads_(threads), control_(control) {}

  /**
   * Makes a development key.
   * @param r1cs path of the circuit
   * @param zkey path of the key, which is written in place
   * @param shownAs the name of the key in errors
   * @param given for tests only: secrets that are not drawn
   * @returns the points that the last stage counts
   * @throws Error ARTIFACT_MISSING, ARTIFACT_FORMAT for the circuit; KEY_UNSAFE when it has not the public signals of a statement;
   *   MODEL_UNSUPPORTED when it is too large for the curve; IO; ABORTED; std::bad_alloc
   */
  u64 run(const std::string& r1cs, const std::string& zkey, const std::string& shownAs,
          const DevelopmentSecrets* given = nullptr) const {
    control_.stage(kReading);
    const MappedFile file(r1cs);
    const R1cs circuit(file.bytes(), threads_, control_);
    if (circuit.nPublic() != kPublicSignals) {
      throw Error("KEY_UNSAFE", "the key must not be used: it has " + std::to_string(circuit.nPublic()) + " public signals instead of " +
                                    std::to_string(kPublicSignals));
    }
    const ZkeyShape shape = ZkeyShape::of(circuit);
    const DevelopmentSecrets secrets = given != nullptr ? *given : DevelopmentSecrets::draw(shape.power);
    if (!secrets.serve(shape.power)) throw Error("INTERNAL", "the secrets given do not serve");
    ZkeyWriter writer(zkey, shape, shownAs);
    const QapValues values = evaluate(circuit, secrets);
    writer.coefficients(circuit, threads_, control_);
    writePoints(writer, secrets, values);
    writer.write(ZkeySection::kContributions, 0, kMark, 64);
    const u32 contributions = 0;
    writer.write(ZkeySection::kContributions, 64, &contributions, sizeof contributions);
    writer.finish();
    return pointCount(shape);
  }

 private:
  static constexpr std::size_t kPiece = BatchAdder<Fq>::kBatch;

  unsigned threads_;
  const Control control_;

  /** A, B twice, and K of every wire; H. */
  static u64 pointCount(const ZkeyShape& shape) { return 4 * u64{shape.nWires} + (u64{1} << shape.power); }

  QapValues evaluate(const R1cs& circuit, const DevelopmentSecrets& secrets) const {
    control_.stage(kEvaluating, circuit.nConstraints);
    const LagrangeValues values(secrets.tau, circuit.domainPower());
    SecretArray<Fr> lagrange(std::size_t{1} << circuit.domainPower());
    parallelFor(threads_, lagrange.size(), kPiece, [&](std::size_t begin, std::size_t end) {
      control_.check();
      values.evaluate(begin, end - begin, &lagrange[begin]);
    });
    return QapEvaluation(circuit, lagrange).run(threads_, control_);
  }

  /** What one thread has. */
  struct Thread {
    FixedBase<Fq>::Multiplier g1;
    FixedBase<Fq2>::Multiplier g2;
    std::vector<Fr> scalars = std::vector<Fr>(3 * kPiece);
    std::vector<G1> points1 = std::vector<G1>(3 * kPiece);
    std::vector<G2> points2 = std::vector<G2>(kPiece);

    Thread(const FixedBase<Fq>& base1, const FixedBase<Fq2>& base2) : g1(base1), g2(base2) {}
    ~Thread() { wipe(scalars.data(), scalars.size() * sizeof(Fr)); }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
  };

  void writePoints(ZkeyWriter& writer, const DevelopmentSecrets& secrets, const QapValues& values) const {
    const u64 wires = writer.shape().nWires, domain = u64{1} << writer.shape().power;
    control_.stage(kMultiplying, pointCount(writer.shape()));
    const G1 g1 = g1Generator();
    const G2 g2 = g2Generator();
    writer.header({multiply(g1, secrets.alpha), multiply(g1, secrets.beta), multiply(g2, secrets.beta), g2,
                   multiply(g1, secrets.delta), multiply(g2, secrets.delta)});
    const FixedBase<Fq> base1(g1, 3 * wires + domain, threads_, control_);
    const FixedBase<Fq2> base2(g2, wires, threads_, control_);
    const LagrangeValues odd(secrets.tau, writer.shape().power + 1, 1, 2);
    const Fr inverseDelta = secrets.delta.inverse();
    const std::size_t wirePieces = (wires + kPiece - 1) / kPiece, domainPieces = (domain + kPiece - 1) / kPiece;
    parallelWith(
        threads_, wirePieces + domainPieces, [&] { return Thread(base1, base2); },
        [&](Thread& thread, std::size_t i) {
          control_.check();
          if (i < wirePieces) {
            const u64 begin = i * kPiece, count = std::min<u64>(kPiece, wires - begin);
            writeWires(writer, thread, secrets, inverseDelta, values, begin, count);
            control_.advance(4 * count);
          } else {
            const u64 begin = (i - wirePieces) * kPiece, count = std::min<u64>(kPiece, domain - begin);
            odd.evaluate(begin, count, thread.scalars.data());
            for (std::size_t j = 0; j < count; j++) thread.scalars[j] *= inverseDelta;
            thread.g1.multiply(thread.scalars.data(), count, thread.points1.data());
            writer.points(ZkeySection::kH, begin, thread.points1.data(), count);
            control_.advance(count);
          }
        });
  }

  /** The points of some wires: A, B in both groups, and (beta A + alpha B + C) over gamma for the public ones, over delta for the others. */
  static void writeWires(ZkeyWriter& writer, Thread& thread, const DevelopmentSecrets& secrets, const Fr& inverseDelta,
                         const QapValues& values, u64 begin, std::size_t count) {
    const Fr *const a = &values[kMatrixA][begin], *const b = &values[kMatrixB][begin], *const c = &values[kMatrixC][begin];
    const u64 nPublic = writer.shape().nPublic;
    Fr* const scalars = thread.scalars.data();
    for (std::size_t i = 0; i < count; i++) {
      scalars[i] = a[i];
      // Many wires occur in A as they do in B, or with the other sign: those of bits, for example. Their points need no sums of their own.
      scalars[count + i] = a[i] == b[i] || a[i] == b[i].negate() ? Fr::zero() : b[i];
      const Fr k = secrets.beta * a[i] + secrets.alpha * b[i] + c[i];
      scalars[2 * count + i] = begin + i <= nPublic ? k : k * inverseDelta;
    }
    G1 *const pointsA = thread.points1.data(), *const pointsB = pointsA + count, *const pointsK = pointsB + count;
    thread.g1.multiply(scalars, 3 * count, pointsA);
    for (std::size_t i = 0; i < count; i++) {
      if (a[i] == b[i]) {
        pointsB[i] = pointsA[i];
      } else if (a[i] == b[i].negate()) {
        pointsB[i] = pointsA[i].negate();
      }
    }
    thread.g2.multiply(b, count, thread.points2.data());
    writer.points(ZkeySection::kA, begin, pointsA, count);
    writer.points(ZkeySection::kB1, begin, pointsB, count);
    writer.points(ZkeySection::kB2, begin, thread.points2.data(), count);
    const std::size_t first = begin > nPublic ? 0 : std::min<std::size_t>(count, nPublic + 1 - begin);
    if (first > 0) writer.points(ZkeySection::kIc, begin, pointsK, first);
    if (first < count) writer.points(ZkeySection::kL, begin + first - nPublic - 1, pointsK + first, count - first);
  }
};

}  // namespace zk
