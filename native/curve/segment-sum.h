/** Sums of many lists of points, by pairs and in rounds, so that all additions are affine and batched. */
#pragma once

#include "batch-add.h"

namespace zk {

/**
 * Takes points segment after segment and hands out the sum of each. Memory is bounded, whatever the segments: when enough points wait, they are
 * added in pairs until few pairs are left, and those wait for more.
 */
template <class F>
class SegmentSum {
 public:
  SegmentSum() {
    points_.reserve(kCapacity + 1);
    next_.reserve(kCapacity + 1);
  }

  /** Begins a segment. @param out receives its sum at the latest on finish; infinity if it stays empty. Need not be aligned. */
  void begin(void* out) {
    close();
    segment_ = {out, 0, true};
    open_ = true;
  }

  /** Adds a point to the segment; it must stay where it is until the next round, so best until finish. */
  void add(Tagged point) {
    if (odd_ == 0) {
      odd_ = point;
      return;
    }
    points_.emplace_back();
    adder_.push(odd_, point, &points_.back());
    odd_ = 0;
    segment_.length++;
    if (points_.size() >= kCapacity) rounds(kFew);
  }

  /** Completes all sums. */
  void finish() {
    close();
    rounds(0);
  }

 private:
  struct Segment {
    void* out;
    std::size_t length;
    /** More points may come. */
    bool open;
  };
  static constexpr std::size_t kCapacity = 4096;
  /** Pairs too few to share an inversion. */
  static constexpr std::size_t kFew = 512;

  BatchAdder<F> adder_;
  /** Waiting points of all segments in order, and their other place during a round. Never reallocated. */
  std::vector<Affine<F>> points_, next_;
  /** Of the waiting points, in order; the last one, segment_, is kept apart. */
  std::vector<Segment> segments_, kept_;
  Segment segment_{nullptr, 0, false};
  bool open_ = false;
  /** A point of the open segment without a partner. */
  Tagged odd_ = 0;

  void close() {
    if (!open_) return;
    if (odd_ != 0) {
      points_.push_back(pointAt<F>(odd_));
      odd_ = 0;
      segment_.length++;
    }
    segment_.open = false;
    if (segment_.length == 0) {
      Affine<F>::infinity().store(segment_.out);
    } else {
      segments_.push_back(segment_);
    }
    open_ = false;
    if (points_.size() >= kCapacity) rounds(kFew);
  }

  /** Adds pairs until at most `few` are left. */
  void rounds(std::size_t few) {
    if (open_) segments_.push_back(segment_);
    std::size_t pairs;
    do {
      adder_.flush();
      pairs = round();
    } while (pairs > few);
    adder_.flush();
    if (open_) {
      segment_.length = 0;
      // The open segment is last, if it has points.
      if (!segments_.empty() && segments_.back().open) {
        segment_ = segments_.back();
        segments_.pop_back();
      }
    }
  }

  /** One round; gives the number of pairs that the next one would have. */
  std::size_t round() {
    std::size_t at = 0, pairs = 0;
    next_.clear();
    kept_.clear();
    for (Segment s : segments_) {
      if (s.length == 1 && !s.open) {
        points_[at].store(s.out);
        at++;
        continue;
      }
      const std::size_t half = s.length / 2;
      if (half == 1 && s.length == 2 && !s.open) {
        adder_.push(tagged(&points_[at]), tagged(&points_[at + 1]), s.out);
        at += 2;
        continue;
      }
      for (std::size_t i = 0; i < half; i++) {
        next_.emplace_back();
        adder_.push(tagged(&points_[at + 2 * i]), tagged(&points_[at + 2 * i + 1]), &next_.back());
      }
      if (s.length % 2 == 1) next_.push_back(points_[at + s.length - 1]);
      at += s.length;
      s.length -= half;
      pairs += s.length / 2;
      if (s.length > 0) kept_.push_back(s);
    }
    adder_.flush();
    std::swap(points_, next_);
    std::swap(segments_, kept_);
    return pairs;
  }
};

}  // namespace zk
