/** Lagrange basis polynomials of a subgroup, evaluated at one point. */
#pragma once

#include <vector>

#include "../field/bn254.h"
#include "../support/random.h"

namespace zk {

/**
 * Values at tau of the Lagrange basis over the subgroup {1, w, w^2, ...} of 2^power elements, for the exponents start, start + step, ...:
 * L_k(tau) = w^k (tau^n - 1) / (n (tau - w^k)).
 */
class LagrangeValues {
 public:
  /** @param tau outside the subgroup @param power at most kTwoAdicity */
  LagrangeValues(const Fr& tau, unsigned power, u64 start = 0, u64 step = 1) : tau_(tau) {
    const Fr root = rootOfUnity(power);
    first_ = root.power(u256(0, 0, 0, start));
    stride_ = root.power(u256(0, 0, 0, step));
    Fr high = tau;
    for (unsigned i = 0; i < power; i++) high = high.square();
    scale_ = (high - Fr::one()) * Fr::from(u64{1} << power).inverse();
  }
  ~LagrangeValues() {
    wipe(&tau_, sizeof tau_);
    wipe(&scale_, sizeof scale_);
  }
  LagrangeValues(const LagrangeValues&) = delete;
  LagrangeValues& operator=(const LagrangeValues&) = delete;

  /** The values of `count` exponents from the begin-th one on; one inversion for all of them (Montgomery's trick). From any thread. */
  void evaluate(u64 begin, std::size_t count, Fr* out) const {
    std::vector<Fr> points(count);
    Fr point = first_ * stride_.power(u256(0, 0, 0, begin)), product = Fr::one();
    for (std::size_t i = 0; i < count; i++) {
      points[i] = point;
      out[i] = product;
      product *= tau_ - point;
      point *= stride_;
    }
    Fr inverse = product.inverse() * scale_;
    for (std::size_t i = count; i-- > 0;) {
      out[i] *= inverse * points[i];
      inverse *= tau_ - points[i];
    }
  }

 private:
  Fr tau_, first_{}, stride_{}, scale_{};
};

}  // namespace zk
