/** Ratios of points of both groups, compared by pairings. */
#pragma once

#include <array>

#include "../pairing/final-exponentiation.h"

namespace zk {

/** Whether a2 / a1 in G1 is b2 / b1 in G2; false too for infinity and for points that are not of order r. */
inline bool sameRatio(const G1& a1, const G1& a2, const G2& b1, const G2& b2) {
  const auto isElement = [](const G1& p) { return p.isCanonical() && !p.isInfinity() && isOnCurve(p); };
  if (!isElement(a1) || !isElement(a2)) return false;
  const std::optional<PreparedG2> first = prepareG2(b1), second = prepareG2(b2);
  if (!first || !second) return false;
  const std::array<MillerPair, 2> pairs = {{{a1, &*second}, {a2.negate(), &*first}}};
  return finalExponentiation(millerProduct(pairs)).isOne();
}

}  // namespace zk
