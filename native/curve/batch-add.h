/**
 * Affine additions in batches: one inversion is shared by all of them (Montgomery's trick), so that an addition costs five products and a square.
 */
#pragma once

#include <vector>

#include "lanes.h"

namespace zk {

/** The inverse of every lane, times a constant. */
template <class F>
typename Lanes<F>::V invertedLanes(const typename Lanes<F>::V& product, const Fq& factor) {
  using L = Lanes<F>;
  F lanes[L::kCount], prefix[L::kCount];
  L::toScalars(L::canonical(product), lanes);
  F all = F::one();
  for (std::size_t k = 0; k < L::kCount; k++) {
    prefix[k] = all;
    all *= lanes[k];
  }
  F inverse = all.inverse();
  for (std::size_t k = L::kCount; k-- > 0;) {
    const F own = inverse * prefix[k];
    inverse *= lanes[k];
    lanes[k] = own * factor;
  }
  return L::fromScalars(lanes);
}

template <class F>
class BatchAdder {
 public:
  /** Additions that share an inversion. */
  static constexpr std::size_t kBatch = 2048;

  BatchAdder() : left_(kBatch), right_(kBatch), out_(kBatch), steps_(kBatch / kLanes), special_(kBatch / kLanes) {}

  /**
   * Later, at the latest on flush: *out = a + b. Every case is right: infinity, equal and opposite points. An operation may write where it or
   * an earlier one reads, but not where a later one of the same batch reads. Points must stay where they are until then.
   * @param out need not be aligned
   */
  void push(Tagged a, Tagged b, void* out) {
    left_[count_] = a;
    right_[count_] = b;
    out_[count_] = out;
    __builtin_prefetch(addressOf(a));
    __builtin_prefetch(addressOf(b));
    if (sizeof(F) > 32) {
      __builtin_prefetch(addressOf(a) + 64);
      __builtin_prefetch(addressOf(b) + 64);
    }
    if (++count_ == kBatch) flush();
  }

  void flush() {
    if (count_ == 0) return;
    const std::size_t vectors = (count_ + kLanes - 1) / kLanes;
    pad(vectors * kLanes);
    V product = L::one();
    for (std::size_t i = vectors; i-- > 0;) {
      Step& step = steps_[i];
      prepare(i, step);
      step.after = product;
      product = L::mul(product, step.denominator);
    }
    V inverse = invertedLanes<F>(product, L::kInverse);
    for (std::size_t i = 0; i < vectors; i++) {
      const Tagged *a = &left_[i * kLanes], *b = &right_[i * kLanes];
      const Step& step = steps_[i];
      const V y1 = L::loadY(a);
      V numerator = L::template sub<1>(L::loadY(b), y1);
      if (special_[i] != 0) [[unlikely]] patchNumerator(i, numerator);
      const V lambda = L::mul(numerator, L::mul(inverse, step.after));
      inverse = L::mul(inverse, step.denominator);
      const V x3 = L::lessSum(L::square(lambda), step.sum);
      const V y3 = L::canonical(L::template sub<1>(L::mul(lambda, L::scaledDifference(L::loadX(a), x3)), y1));
      if (special_[i] == 0) [[likely]] {
        L::store(&out_[i * kLanes], x3, y3);
      } else {
        storeSpecial(i, x3, y3);
      }
    }
    count_ = 0;
  }

 private:
  using L = Lanes<F>;
  using V = typename L::V;
  static constexpr std::size_t kLanes = L::kCount;

  std::vector<Tagged> left_, right_;
  std::vector<void*> out_;
  /** What the way back needs of each vector. */
  struct Step {
    V denominator;
    /** x1 + x2 */
    V sum;
    /** Product of the denominators of later vectors. */
    V after;
  };
  std::vector<Step> steps_;
  /** Lanes of each vector that no plain addition serves. */
  std::vector<u8> special_;
  std::size_t count_ = 0;
  /** What fills the last vector, and where its sums go. */
  Affine<F> spare_[2];

  /** Fills the last vector with 0 + 0. */
  void pad(std::size_t end) {
    for (std::size_t i = count_; i < end; i++) {
      spare_[0] = Affine<F>::infinity();
      left_[i] = right_[i] = tagged(&spare_[0]);
      out_[i] = &spare_[1];
    }
  }

  /** Denominators: x2 - x1; for equal points 2 y, and 1 where the sum needs no division. */
  void prepare(std::size_t i, Step& step) {
    const V x1 = L::loadX(&left_[i * kLanes]), x2 = L::loadX(&right_[i * kLanes]);
    step.sum = L::sum(x1, x2);
    step.denominator = L::template sub<1>(x2, x1);
    special_[i] = L::equal(x1, x2) | L::zeros(x1) | L::zeros(x2);
    if (special_[i] == 0) [[likely]] return;
    patch(i, step.denominator, [](const Affine<F>& p, const Affine<F>& q) {
      if (p.isInfinity() || q.isInfinity() || p == q.negate()) return F::one();
      return p == q ? p.y.doubled() : q.x - p.x;
    });
  }

  /** Numerators: y2 - y1; for equal points 3 x^2. */
  void patchNumerator(std::size_t i, V& numerator) const {
    patch(i, numerator, [](const Affine<F>& p, const Affine<F>& q) {
      if (!(p == q)) return q.y - p.y;
      const F xx = p.x.square();
      return xx.doubled() + xx;
    });
  }

  /** Replaces the special lanes of a vector. */
  template <class Value>
  void patch(std::size_t i, V& vector, Value&& value) const {
    F lanes[kLanes];
    L::toScalars(L::canonical(vector), lanes);
    for (std::size_t k = 0; k < kLanes; k++) {
      if (((special_[i] >> k) & 1) == 0) continue;
      lanes[k] = value(pointAt<F>(left_[i * kLanes + k]), pointAt<F>(right_[i * kLanes + k]));
    }
    vector = L::fromScalars(lanes);
  }

  void storeSpecial(std::size_t i, const V& x, const V& y) const {
    F xs[kLanes], ys[kLanes];
    L::toScalars(x, xs);
    L::toScalars(y, ys);
    Affine<F> sums[kLanes];
    for (std::size_t k = 0; k < kLanes; k++) {
      sums[k] = {xs[k], ys[k]};
      if (((special_[i] >> k) & 1) == 0) continue;
      const Affine<F> p = pointAt<F>(left_[i * kLanes + k]), q = pointAt<F>(right_[i * kLanes + k]);
      if (p.isInfinity()) {
        sums[k] = q;
      } else if (q.isInfinity()) {
        sums[k] = p;
      } else if (p == q.negate()) {
        sums[k] = Affine<F>::infinity();
      }
    }
    for (std::size_t k = 0; k < kLanes; k++) sums[k].store(out_[i * kLanes + k]);
  }
};

}  // namespace zk
