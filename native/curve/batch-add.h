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
  static constexpr std::size_t kBatch = 4096;

  BatchAdder() : left_(kBatch), right_(kBatch), out_(kBatch), suffix_(kBatch / kLanes), special_(kBatch / kLanes) {}

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
      suffix_[i] = product;
      product = L::mul(product, denominator(i));
    }
    V inverse = invertedLanes<F>(product, L::kInverse);
    for (std::size_t i = 0; i < vectors; i++) {
      const Tagged *a = &left_[i * kLanes], *b = &right_[i * kLanes];
      const V x1 = L::loadX(a), x2 = L::loadX(b), y1 = L::loadY(a);
      V dx = L::template sub<1>(x2, x1), dy = L::template sub<1>(L::loadY(b), y1);
      if (special_[i] != 0) [[unlikely]] patch(i, dx, dy);
      const V lambda = L::mul(dy, L::mul(inverse, suffix_[i]));
      inverse = L::mul(inverse, dx);
      const V x3 = L::canonical(L::template sub<1>(L::template sub<1>(L::square(lambda), x1), x2));
      const V y3 = L::canonical(
          L::template sub<1>(L::mul(lambda, L::fourTimes(L::template sub<1>(x1, x3))), y1));
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
  /** Product of the denominators after each vector. */
  std::vector<V> suffix_;
  /** Lanes of each vector that no plain addition serves. */
  std::vector<u8> special_;
  std::size_t count_ = 0;
  Affine<F> spare_[3 * kLanes];

  /** Fills the last vector with 0 + 0. */
  void pad(std::size_t end) {
    for (std::size_t i = count_; i < end; i++) {
      spare_[0] = Affine<F>::infinity();
      left_[i] = right_[i] = tagged(&spare_[0]);
      out_[i] = &spare_[1];
    }
  }

  /** x2 - x1; for equal points 2 y, and 1 where the sum needs no division. */
  V denominator(std::size_t i) {
    const Tagged *a = &left_[i * kLanes], *b = &right_[i * kLanes];
    const V x1 = L::loadX(a), x2 = L::loadX(b);
    const u8 special = L::equal(x1, x2) | L::zeros(x1) | L::zeros(x2);
    special_[i] = special;
    V dx = L::template sub<1>(x2, x1);
    if (special != 0) [[unlikely]] {
      V unused = dx;
      patch(i, dx, unused);
    }
    return dx;
  }

  /** Denominators and numerators of the special lanes. */
  void patch(std::size_t i, V& dx, V& dy) const {
    F d[kLanes], n[kLanes];
    L::toScalars(L::canonical(dx), d);
    L::toScalars(L::canonical(dy), n);
    for (std::size_t k = 0; k < kLanes; k++) {
      if (((special_[i] >> k) & 1) == 0) continue;
      const Affine<F> p = pointAt<F>(left_[i * kLanes + k]), q = pointAt<F>(right_[i * kLanes + k]);
      if (p.isInfinity() || q.isInfinity() || p == q.negate()) {
        d[k] = n[k] = F::one();
      } else if (p == q) {
        const F xx = p.x.square();
        d[k] = p.y.doubled();
        n[k] = xx.doubled() + xx;
      } else {
        d[k] = q.x - p.x;
        n[k] = q.y - p.y;
      }
    }
    dx = L::fromScalars(d);
    dy = L::fromScalars(n);
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
