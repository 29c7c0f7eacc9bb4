/**
 * Miller's loop of the optimal ate pairing of BN254 (Vercauteren, "Optimal Pairings", 2010; Beuchat et al., 2010):
 * f_{6x+2,Q}(P) times the lines through [6x+2]Q and psi(Q), and through their sum and -psi^2(Q).
 */
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "frobenius.h"

namespace zk {

/** The parameter of BN254: q = 36 x^4 + 36 x^3 + 24 x^2 + 6 x + 1, r = q - 6 x^2. */
inline constexpr u64 kBnX = 4965661367192848881u;

/** Digits -1, 0, 1 with no two neighbours other than 0, least significant first. */
struct SignedDigits {
  std::array<signed char, 66> digit{};
  int count = 0;

  constexpr explicit SignedDigits(u128 value) {
    for (; value != 0; value >>= 1, count++) {
      if ((value & 1) == 0) continue;
      const bool minus = (value & 2) != 0;
      digit[static_cast<std::size_t>(count)] = minus ? -1 : 1;
      if (minus) {
        value++;
      } else {
        value--;
      }
    }
  }
  constexpr int at(int i) const { return digit[static_cast<std::size_t>(i)]; }
};

inline constexpr SignedDigits kAteLoop{static_cast<u128>(kBnX) * 6 + 2};

/**
 * The lines that the loop needs of a point of G2. With the point untwisted to (x w^2, y w^3), the line of slope s w through (x, y) has at P
 * the value P.y - s P.x w + (s x - y) v w.
 */
struct PreparedG2 {
  struct Line {
    Fq2 minusSlope, offset;
  };
  std::vector<Line> lines;
};

/** T and the lines through it; failed when a line would be vertical. */
class LineWalk {
 public:
  explicit LineWalk(const G2& start) : t_(start) { lines_.reserve(96); }

  void doubleIt() {
    const Fq2 xx = t_.x.square();
    step(xx.doubled() + xx, t_.y.doubled(), t_.x);
  }
  void add(const G2& o) { step(o.y - t_.y, o.x - t_.x, o.x); }

  bool failed() const { return failed_; }
  const G2& point() const { return t_; }
  std::vector<PreparedG2::Line> takeLines() { return std::move(lines_); }

 private:
  G2 t_;
  std::vector<PreparedG2::Line> lines_;
  bool failed_ = false;

  void step(const Fq2& rise, const Fq2& run, const Fq2& otherX) {
    if (run.isZero()) failed_ = true;
    const Fq2 slope = rise * run.inverse(), offset = slope * t_.x - t_.y;
    lines_.push_back({slope.negate(), offset});
    const Fq2 x = slope.square() - t_.x - otherX;
    t_ = {x, (slope * x - offset).negate()};
  }
};

/**
 * Prepares a point; nothing when it is at infinity, has coordinates that are not canonical, or is not on the twist and of order r.
 *
 * The order is found on the way: [6x+2]Q + psi(Q) - psi^2(Q) + psi^3(Q) = 0 holds exactly for the points of order r. Such points have
 * psi(Q) = [q]Q, and the sum of these multiples is 0 mod r. The other way, the norm of 6x+2 + X - X^2 + X^3 modulo psi's characteristic
 * polynomial X^2 - (6x^2+1) X + q has only r in common with the twist's order r (2q - r), so what is mapped to 0 is of order r. Points of
 * order r never give a vertical line: no two of the multiples of Q that are added are equal or opposite.
 */
inline std::optional<PreparedG2> prepareG2(const G2& q) {
  if (!q.isCanonical() || q.isInfinity() || !isOnCurve(q)) return std::nullopt;
  LineWalk walk(q);
  const G2 minus = q.negate();
  for (int i = kAteLoop.count - 1; i-- > 0;) {
    walk.doubleIt();
    if (kAteLoop.at(i) != 0) walk.add(kAteLoop.at(i) > 0 ? q : minus);
    if (walk.failed()) return std::nullopt;
  }
  const G2 q1 = psi(q), q2 = psi(q1);
  walk.add(q1);
  walk.add(q2.negate());
  if (walk.failed() || !(walk.point() == psi(q2).negate())) return std::nullopt;
  return PreparedG2{walk.takeLines()};
}

struct MillerPair {
  /** On the curve; infinity contributes 1. */
  G1 p;
  const PreparedG2* q;
};

/** The product of the pairs' Miller functions, with one chain of squarings. */
inline Fq12 millerProduct(std::span<const MillerPair> pairs) {
  struct Entry {
    const PreparedG2::Line* line;
    Fq xOverY, oneOverY;
  };
  std::vector<Entry> entries;
  for (const MillerPair& pair : pairs) {
    if (pair.p.isInfinity()) continue;
    // Divided by P.y, which the final exponentiation makes 1, lines begin with 1.
    const Fq inverse = pair.p.y.inverse();
    entries.push_back({pair.q->lines.data(), pair.p.x * inverse, inverse});
  }
  Fq12 f = Fq12::one();
  const auto multiplyLines = [&] {
    for (Entry& e : entries) {
      f = f.timesLine(e.line->minusSlope * e.xOverY, e.line->offset * e.oneOverY);
      e.line++;
    }
  };
  for (int i = kAteLoop.count - 1; i-- > 0;) {
    f = f.square();
    multiplyLines();
    if (kAteLoop.at(i) != 0) multiplyLines();
  }
  multiplyLines();
  multiplyLines();
  return f;
}

}  // namespace zk
