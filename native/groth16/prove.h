/** Groth16 proofs (https://eprint.iacr.org/2016/260, section 3.2) with the keys and conventions of snarkjs. */
#pragma once

#include "../msm/msm.h"
#include "../support/random.h"
#include "../support/stage-gate.h"
#include "key.h"
#include "witness.h"

namespace zk {

struct Proof {
  G1 a;
  G2 b;
  G1 c;
};

/** Stages of prove, as Control counts them. */
enum ProveStage : int { kEvaluating = 1, kMultiplying = 2 };

/** Of evaluating, which takes more memory than all else. Never destroyed: threads may still use it while the process exits. */
inline StageGate& evaluationGate() {
  static StageGate& gate = *new StageGate;
  return gate;
}

/**
 * Proves that a witness satisfies a key's circuit; a witness that does not gives a proof that does not verify. Any number of calls may share a
 * key.
 * @param wtns a .wtns file @param threads at least 1
 * @throws Error ARTIFACT_FORMAT for the witness, ARTIFACT_MISMATCH when it is of another circuit, ABORTED, IO without randomness
 */
inline Proof prove(const ProvingKey& key, Bytes wtns, unsigned threads, const Control& control) {
  const Witness witness(wtns);
  const ZkeyHeader& header = key.header;
  if (witness.count != header.nWires) {
    throw Error("ARTIFACT_MISMATCH", "the key is for " + std::to_string(header.nWires) + " wires, the witness has " +
                                         std::to_string(witness.count));
  }
  control.stage(kEvaluating);
  const StageGate::Call call(evaluationGate());
  Scalars quotient;
  {
    const StageGate::Stay stay(evaluationGate(), control);
    SecretArray<U256> values;
    key.quotient.evaluate(witness.values, threads, control, values);
    quotient = classify(reinterpret_cast<const u8*>(values.data()), values.size(), threads);
    values.clear(threads);
  }
  control.check();
  const Scalars wires = classify(witness.values, witness.count, threads);

  Msm<Fq2> b2(key.b2, wires, threads);
  Msm<Fq> a(key.a, wires, threads), b1(key.b1, wires, threads), c(key.c, wires, threads), h(key.h, quotient, threads);
  std::vector<MsmTask> tasks;
  b2.tasks(tasks);
  for (Msm<Fq>* msm : {&a, &b1, &c, &h}) msm->tasks(tasks);
  control.stage(kMultiplying, tasks.size());
  runTasks(tasks, threads, control);

  Fr r = randomScalar(), s = randomScalar();
  U256 ri = r.integer(), si = s.integer(), rs = (r * s).negate().integer();
  const G1 proofA = (a.result() + header.alpha1 + multiply(header.delta1, ri)).affine();
  const G2 proofB = (b2.result() + header.beta2 + multiply(header.delta2, si)).affine();
  const G1 proofB1 = (b1.result() + header.beta1 + multiply(header.delta1, si)).affine();
  const G1 proofC = (c.result() + h.result() + multiply(proofA, si) + multiply(proofB1, ri) + multiply(header.delta1, rs)).affine();
  for (Fr* secret : {&r, &s}) wipe(secret, sizeof(Fr));
  for (U256* secret : {&ri, &si, &rs}) wipe(secret, sizeof(U256));
  return {proofA, proofB, proofC};
}

}  // namespace zk
