/** Choices that are written out: booleans of which every combination of values asks something else of known wires. */

import { SNARK_FIELD } from '../hash/field.js';
import type { Interval } from './circuit.js';
import type { Combination } from './combination.js';
import { coefficientOf, fromTerms, sum, ZERO } from './combination.js';
import { Context } from './context.js';
import type { Determination } from './determine.js';
import { inverse, signed } from './field.js';
import type { Support } from './support.js';
import { supportOf } from './support.js';
import type { Constraint } from './system.js';
import { isProduct, wiresOf } from './system.js';

/** Constraints whose demands are compared. */
const MAX_RELEVANT = 24;
/** Intervals further from zero are not intersected. */
const LIMIT = SNARK_FIELD >> 3n;
/** Cases that are written out for one audit, in all. */
const MAX_CASES = 2_000_000;

/** What a constraint says in one case: a combination of known wires lies in an interval, mod p. */
interface Demand {
  /** The constraint's number. */
  readonly index: number;
  readonly known: Combination;
  readonly interval: Interval;
}

/**
 * Determines booleans on which known wires depend. Let two witnesses agree on the known wires, and let the booleans have values v in the one and
 * v' in the other. With these values put in, a constraint says that a combination of known wires lies in some interval, which its other,
 * bounded wires span. If for every two different values v and v' the demands contradict each other, v = v'.
 *
 * A demand K in I of v and a demand K' in I' of v' contradict each other if, for some integers m and m', m K - m' K' has bounds that the
 * difference of m I and m' I' never meets, everything being less than p apart. Tried are m = m' = 1 and the m, m' that cancel one of the wires.
 * @returns whether a boolean was determined
 */
export function decideCases(state: Determination): boolean {
  let isNews = false;
  state.circuit.constraints.forEach((constraint, i) => {
    if (state.unknownCount(i) === 0 || !state.isWorthCases(i)) return;
    for (const pivots of pivotsOf(state, constraint)) {
      const support = supportOf(state, pivots);
      if (support === undefined || support.roots.length === 0 || !state.isWorthRoots(support.roots)) continue;
      if (!areDecided(state, support, i)) continue;
      state.markAll(support.roots, 'cases');
      state.settle();
      isNews = true;
      return;
    }
  });
  return isNews;
}

/** Wires of which the values may be told apart by a constraint: those of an unknown factor beside a known one, or a wide one in a sum. */
function pivotsOf(state: Determination, constraint: Constraint): number[][] {
  const unknown = ({ wires }: Combination): number[] => wires.filter((wire) => !state.isKnown(wire));
  if (isProduct(constraint)) {
    const { a, b } = constraint;
    if (state.isDetermined(a) === state.isDetermined(b)) return [];
    return [unknown(state.isDetermined(a) ? b : a)];
  }
  const wide = unknown(constraint.c).filter((wire) => !state.circuit.isBoolean(wire));
  return wide.length <= 4 ? wide.map((wire) => [wire]) : [];
}

function areDecided(state: Determination, support: Support, pivot: number): boolean {
  let relevant: readonly number[] | undefined;
  const cases: Demand[][] = [];
  const context = new Context(state.circuit);
  const visit = (i: number): boolean => {
    if (i < support.roots.length) {
      return [0n, 1n].every((value) => {
        const mark = context.mark();
        const isFine = !context.assume(support.roots[i]!, value) || visit(i + 1);
        context.undo(mark);
        return isFine;
      });
    }
    if (++state.cases > MAX_CASES) return false;
    relevant ??= relevantConstraints(state, context, support, pivot);
    const demands = demandsOf(state, context, support, relevant);
    // What demands nothing in the first case is not asked again.
    if (cases.length === 0) relevant = demands.map(({ index }) => index);
    cases.push(demands);
    return demands.length > 0;
  };
  return visit(0) && areExclusive(state, cases);
}

/**
 * Constraints that hold a wire of the support or one that has a value in this case, beside those that the support is calculated by, and a known
 * wire or one that may be calculated from known wires: no others say anything of them.
 */
function relevantConstraints(state: Determination, context: Context, support: Support, pivot: number): number[] {
  const calculated = new Set(
    support.steps.map(({ wire }) => wire).filter((wire) => context.valueOf(wire) === undefined),
  );
  const found = new Set([pivot]);
  for (const wire of [...support.roots, ...support.steps.map(({ wire }) => wire), ...context.assumed]) {
    if (state.isKnown(wire)) continue;
    for (const i of state.circuit.readersOf(wire)) {
      if (found.has(i)) continue;
      const constraint = state.circuit.constraints[i]!;
      if (wiresOf(constraint).some((other) => state.isKnown(other) || calculated.has(other))) found.add(i);
    }
  }
  for (const { index } of support.steps) found.delete(index);
  const size = (i: number): number => wiresOf(state.circuit.constraints[i]!).length;
  return [...found].sort((x, y) => size(x) - size(y)).slice(0, MAX_RELEVANT);
}

/** The demands of all constraints in a case. */
function demandsOf(state: Determination, context: Context, support: Support, relevant: readonly number[]): Demand[] {
  const values = new Map<number, Combination>();
  // Known wires stand for themselves, even where this case has one value for them.
  const put = ({ wires, coefficients, constant }: Combination): Combination =>
    sum([[{ ...ZERO, constant }, 1n], ...wires.map((wire, i) => [valueIn(wire), coefficients[i]!] as const)]);
  const valueIn = (wire: number): Combination => {
    const value = state.isKnown(wire) ? undefined : context.valueOf(wire);
    if (value !== undefined) return { ...ZERO, constant: value };
    return values.get(wire) ?? { wires: [wire], coefficients: [1n], constant: 0n };
  };
  for (const { wire, constraint } of support.steps) {
    if (context.valueOf(wire) !== undefined) continue;
    const equation = equationOf(constraint, put);
    const coefficient = equation && coefficientOf(equation, wire);
    if (equation === undefined || coefficient === undefined || coefficient === 0n) continue;
    const terms = new Map(equation.wires.map((other, i) => [other, equation.coefficients[i]!]));
    terms.delete(wire);
    const value = sum([[fromTerms(terms, equation.constant), signed(-inverse(coefficient))]]);
    if (state.isDetermined(value)) values.set(wire, value);
  }
  return relevant.flatMap((i) => {
    const equation = equationOf(state.circuit.constraints[i]!, put);
    const demand = equation && demandOf(state, context, equation, i);
    return demand ? [demand] : [];
  });
}

/** A sum, or a product with a constant factor, as an equation. */
function equationOf(constraint: Constraint, put: (combination: Combination) => Combination): Combination | undefined {
  if (!isProduct(constraint)) return put(constraint.c);
  const [a, b] = [put(constraint.a), put(constraint.b)];
  if (a.wires.length > 0 && b.wires.length > 0) return undefined;
  const [factor, other] = a.wires.length === 0 ? [a, b] : [b, a];
  return sum([
    [put(constraint.c), 1n],
    [other, -factor.constant],
  ]);
}

function demandOf(state: Determination, context: Context, equation: Combination, index: number): Demand | undefined {
  const known = new Map<number, bigint>();
  const others = new Map<number, bigint>();
  equation.wires.forEach((wire, i) => (state.isKnown(wire) ? known : others).set(wire, equation.coefficients[i]!));
  // known + others + constant = 0.
  const interval = context.boundsOf({
    wires: [...others.keys()],
    coefficients: [...others.values()].map((value) => -value),
    constant: -equation.constant,
  });
  if (interval === undefined || known.size === 0) return undefined;
  const combination = fromTerms(known, 0n);
  // Nothing is demanded that is not so in any case.
  const bounds = state.circuit.boundsOf(combination);
  const isIdle = bounds !== undefined && interval.low <= bounds.low && bounds.high <= interval.high;
  return isIdle ? undefined : { index, known: combination, interval };
}

/** Whether the demands of any two cases contradict each other. */
function areExclusive(state: Determination, cases: readonly (readonly Demand[])[]): boolean {
  if (areApart(cases)) return true;
  return cases.every((x, i) =>
    cases.slice(i + 1).every((y) => x.some((left) => y.some((right) => areContradictory(state, left, right)))),
  );
}

/** The simple case: every case confines the same combination, to intervals that do not meet. */
function areApart(cases: readonly (readonly Demand[])[]): boolean {
  const first = cases[0]?.[0]?.known;
  if (first === undefined) return false;
  const intervals: Interval[] = [];
  for (const demands of cases) {
    let common: Interval | undefined;
    for (const { known, interval } of demands) {
      const aligned = isSame(known, first, 1n) ? interval : isSame(known, first, -1n) ? negative(interval) : undefined;
      // Intervals mod p may be intersected where they are far shorter than p and near zero.
      if (aligned === undefined || aligned.low < -LIMIT || aligned.high > LIMIT) continue;
      common = common ? { low: greater(common.low, aligned.low), high: lesser(common.high, aligned.high) } : aligned;
    }
    if (common === undefined) return false;
    if (common.low <= common.high) intervals.push(common);
  }
  intervals.sort((x, y) => (x.low < y.low ? -1 : 1));
  return intervals.every((interval, i) => i === 0 || intervals[i - 1]!.high < interval.low);
}

function areContradictory(state: Determination, x: Demand, y: Demand): boolean {
  if (differ(state, x, y, 1n, 1n)) return true;
  return x.known.wires.some((wire, i) => {
    const other = coefficientOf(y.known, wire);
    return other !== 0n && other !== x.known.coefficients[i] && differ(state, x, y, other, x.known.coefficients[i]!);
  });
}

/** Whether m K - m' K' cannot be in m I - m' I'. */
function differ(state: Determination, x: Demand, y: Demand, m: bigint, n: bigint): boolean {
  const left = state.circuit.boundsOf(
    sum([
      [x.known, m],
      [y.known, -n],
    ]),
  );
  if (left === undefined) return false;
  const right = add(times(x.interval, m), times(y.interval, -n));
  if (right.high >= SNARK_FIELD >> 1n || right.low <= -(SNARK_FIELD >> 1n)) return false;
  return left.high < right.low || right.high < left.low;
}

function times({ low, high }: Interval, factor: bigint): Interval {
  return factor < 0n ? { low: high * factor, high: low * factor } : { low: low * factor, high: high * factor };
}

const add = (x: Interval, y: Interval): Interval => ({ low: x.low + y.low, high: x.high + y.high });
const negative = (x: Interval): Interval => times(x, -1n);
const greater = (x: bigint, y: bigint): bigint => (x > y ? x : y);
const lesser = (x: bigint, y: bigint): bigint => (x < y ? x : y);

function isSame(x: Combination, y: Combination, factor: bigint): boolean {
  return (
    x.wires.length === y.wires.length &&
    x.wires.every((wire, i) => signed(coefficientOf(y, wire) * factor - x.coefficients[i]!) === 0n)
  );
}
