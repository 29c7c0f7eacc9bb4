/** Affine doublings in batches that share an inversion: five products and two squares each. */
#pragma once

#include "batch-add.h"

namespace zk {

template <class F>
class BatchDoubler {
 public:
  /** Doublings that share an inversion. */
  static constexpr std::size_t kBatch = 2048;

  BatchDoubler() : points_(kBatch), places_(kBatch), suffix_(kBatch / kLanes), infinite_(kBatch / kLanes) {}

  /** Later, at the latest on flush: *point = 2 *point. Infinity stays. No point may come twice in a batch, and all must stay until then. */
  void push(Affine<F>* point) {
    points_[count_] = tagged(point);
    places_[count_] = point;
    __builtin_prefetch(point);
    if (++count_ == kBatch) flush();
  }

  void flush() {
    if (count_ == 0) return;
    const std::size_t vectors = (count_ + kLanes - 1) / kLanes;
    for (std::size_t i = count_; i < vectors * kLanes; i++) {
      points_[i] = tagged(&spare_);
      places_[i] = &unused_;
    }
    V product = L::one();
    for (std::size_t i = vectors; i-- > 0;) {
      suffix_[i] = product;
      const V y = L::loadY(&points_[i * kLanes]);
      infinite_[i] = L::zeros(y);  // no point has y = 0
      product = L::mul(product, denominator(y, infinite_[i]));
    }
    V inverse = invertedLanes<F>(product, L::kSquareInverse);
    for (std::size_t i = 0; i < vectors; i++) {
      const V x = L::loadX(&points_[i * kLanes]), y = L::loadY(&points_[i * kLanes]);
      const V lambda = L::mul(L::thrice(L::square(x)), L::mul(inverse, suffix_[i]));
      inverse = L::mul(inverse, denominator(y, infinite_[i]));
      const V x3 = L::lessSum(L::square(lambda), L::sum(x, x));
      const V y3 = L::canonical(L::template sub<1>(L::mul(lambda, L::scaledDifference(x, x3)), y));
      for (std::size_t k = 0; infinite_[i] >> k != 0; k++) {
        if (((infinite_[i] >> k) & 1) != 0) places_[i * kLanes + k] = &unused_;
      }
      L::store(&places_[i * kLanes], x3, y3);
    }
    count_ = 0;
  }

 private:
  using L = Lanes<F>;
  using V = typename L::V;
  static constexpr std::size_t kLanes = L::kCount;

  std::vector<Tagged> points_;
  std::vector<void*> places_;
  /** Product of the denominators after each vector. */
  std::vector<V> suffix_;
  /** Lanes of each vector that are at infinity. */
  std::vector<u8> infinite_;
  std::size_t count_ = 0;
  /** A point at infinity that fills the last vector, and where nothing is kept. */
  Affine<F> spare_{}, unused_;

  /** 2 y, and 1 at infinity. */
  static V denominator(const V& y, u8 infinite) {
    const V d = L::twice(y);
    if (infinite == 0) [[likely]] return d;
    F values[kLanes];
    L::toScalars(L::canonical(d), values);
    for (std::size_t k = 0; k < kLanes; k++) {
      if (((infinite >> k) & 1) != 0) values[k] = F::one();
    }
    return L::fromScalars(values);
  }
};

}  // namespace zk
