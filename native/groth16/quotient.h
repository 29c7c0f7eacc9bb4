/** The scalars of a Groth16 key's points H: a witness's A B - C on the coset of the domain (snarkjs, groth16_prove.js). */
#pragma once

#if defined(ZK_IFMA)
#include "../ntt/ifma-kernel.h"
#endif
#include "../ntt/transform.h"
#include "rows.h"

namespace zk {

/** What a key keeps prepared for it; any number of proofs may use it at a time. */
class QuotientPlan {
 public:
  /**
   * @param coefficients section 4 of a .zkey, not needed afterwards @param power the domain has 2^power elements, power at most kMaxPower
   * @throws Error ARTIFACT_FORMAT
   */
  QuotientPlan(Bytes coefficients, unsigned power, u32 nWires, unsigned threads)
      : rows_(coefficients, size(power), nWires, threads) {
#if defined(ZK_IFMA)
    if (power >= IfmaKernel::kMinPower) {
      vectors_ = QuotientTransform<IfmaKernel>::shared(power, threads);
      return;
    }
#endif
    scalars_ = QuotientTransform<ScalarKernel>::shared(power, threads);
  }

  /**
   * @param witness nWires values of 32 bytes, canonical integers, little endian
   * @param out receives 2^power integers less than r, in the order of the points H
   * @throws Error ABORTED
   */
  void evaluate(const u8* witness, unsigned threads, const Control& control, SecretArray<U256>& out) const {
    out = SecretArray<U256>::uninitialized(rows_.rowCount());
    const NarrowWitness narrow(witness, rows_.nWires(), threads);
    const auto values = [&](std::size_t first, std::size_t count, U256* a, U256* b) { rows_.evaluate(narrow, first, count, a, b); };
#if defined(ZK_IFMA)
    if (vectors_) return vectors_->run(values, threads, control, out.data());
#endif
    scalars_->run(values, threads, control, out.data());
  }

  /** Of the plan; the tables of roots of unity, which keys of the same domain share, are counted in each. */
  std::size_t memoryBytes() const { return rows_.memoryBytes() + visit([](const auto& t) { return t.bytes(); }); }
  /** What an evaluation takes besides, until it returns; its output included. */
  std::size_t workBytes() const {
    return visit([](const auto& t) { return t.workBytes(); }) + std::size_t{4} * rows_.nWires() + std::size_t{32} * rows_.rowCount();
  }

 private:
  MatrixRows rows_;
#if defined(ZK_IFMA)
  std::shared_ptr<const QuotientTransform<IfmaKernel>> vectors_;
#endif
  std::shared_ptr<const QuotientTransform<ScalarKernel>> scalars_;

  static u32 size(unsigned power) {
    if (power > kMaxPower) throw damaged("its domain is too large");
    return u32{1} << power;
  }
  template <class Visitor>
  std::size_t visit(Visitor&& visitor) const {
#if defined(ZK_IFMA)
    if (vectors_) return visitor(*vectors_);
#endif
    return visitor(*scalars_);
  }
};

}  // namespace zk
