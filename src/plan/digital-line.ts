/** Lines that pass every step of a function at its place, as convex hulls of the steps bound them. */

/** An open interval. */
export interface Interval {
  readonly min: number;
  readonly max: number;
}

/** The points (i, thresholds[i]) of a function's steps as far as they bound lines. */
export interface DigitalLine {
  /** Open interval of accumulators per step that the distances of all pairs of steps allow; empty where no line exists. */
  readonly slope: Interval;
  /** Indices of the corners of the points' lower hull, ascending. */
  readonly lower: readonly number[];
  /** The same for the upper hull. */
  readonly upper: readonly number[];
}

/**
 * Bounds the lines through steps: for all i < j, (t_j - t_i - 1) / (j - i) < slope < (t_j - t_i + 1) / (j - i). The pairs that bound it
 * are tangents from each step to the hull of those before it.
 *
 * @param thresholds at least one, integers below 2^43 in magnitude, non-decreasing, at most 2^9 of them
 */
export function digitalLine(thresholds: readonly number[]): DigitalLine {
  const below = tangents(thresholds, 1);
  const above = tangents(thresholds, -1);
  return {
    slope: { min: Math.max(0, below.steepest), max: -above.steepest },
    lower: below.hull,
    upper: above.hull,
  };
}

/**
 * Lower hull of the points (i, sign * thresholds[i]), and the steepest of all lines from one of them to a later one less 1. Quotients are
 * rounded: those that bound the interval are the same as if all pairs were compared.
 */
function tangents(thresholds: readonly number[], sign: 1 | -1): { steepest: number; hull: readonly number[] } {
  const hull = [0];
  let steepest = -Infinity;
  for (let j = 1; j < thresholds.length; j++) {
    const y = sign * thresholds[j]!;
    // Seen from the point below j, slopes rise along the hull from its right end up to the tangent, and fall behind it.
    let tangent = -Infinity;
    for (let k = hull.length - 1; k >= 0; k--) {
      const i = hull[k]!;
      const slope = (y - 1 - sign * thresholds[i]!) / (j - i);
      if (slope < tangent) break;
      tangent = slope;
    }
    if (tangent > steepest) steepest = tangent;
    while (hull.length > 1) {
      const i = hull[hull.length - 1]!;
      const before = hull[hull.length - 2]!;
      const rise = sign * thresholds[i]! - sign * thresholds[before]!;
      if (rise * (j - i) < (y - sign * thresholds[i]!) * (i - before)) break;
      hull.pop();
    }
    hull.push(j);
  }
  return { steepest, hull };
}

/**
 * Least and greatest offset with which floor((multiplier * t + offset) / divisor) is i or more at thresholds[i] and less before it, for
 * all i; least > greatest where none is.
 */
export function offsetInterval(
  thresholds: readonly number[],
  { lower, upper }: DigitalLine,
  multiplier: number,
  divisor: number,
): Interval {
  let least = -Infinity;
  for (const i of lower) least = Math.max(least, i * divisor - multiplier * thresholds[i]!);
  let greatest = Infinity;
  for (const i of upper) greatest = Math.min(greatest, i * divisor - multiplier * (thresholds[i]! - 1) - 1);
  return { min: least, max: greatest };
}
