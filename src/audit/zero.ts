/** Zero tests: a known factor is zero or it is not, and either way the rest follows. */

import type { Combination } from './combination.js';
import { isMultiple } from './combination.js';
import { Context } from './context.js';
import type { Determination } from './determine.js';
import { isNonzero } from './determine.js';
import type { Constraint, Product } from './system.js';
import { isProduct, wiresOf } from './system.js';

/** Constraints around a zero test that are read. */
const MAX_CONSTRAINTS = 24;

/**
 * The unknown wires of `product`, if they are determined in both cases: a known factor of it is zero, or it is not. It is the same case in both of two
 * witnesses, since the factor has one value. Empty where this cannot be shown.
 */
export function splitOnZero(state: Determination, product: Product): number[] {
  const unknown = state.unknownOf(product);
  for (const factor of [product.a, product.b]) {
    if (factor.wires.length === 0 || !state.isDetermined(factor)) continue;
    const near = constraintsAround(state, unknown);
    if (near === undefined) return [];
    const context = new Context(state.circuit);
    const isZeroFine = !context.assumeZero(factor) || isSettled(state, context, near, unknown, factor, true);
    if (!isZeroFine) continue;
    context.undo(0);
    if (isSettled(state, context, near, unknown, factor, false)) return unknown;
  }
  return [];
}

/** Constraints whose unknown wires are among these. */
function constraintsAround(state: Determination, unknown: readonly number[]): Constraint[] | undefined {
  const near = new Set<number>();
  for (const wire of unknown) {
    const readers = state.circuit.readersOf(wire);
    for (const reader of readers) {
      if (state.unknownCount(reader) > unknown.length) continue;
      near.add(reader);
      if (near.size > MAX_CONSTRAINTS) return undefined;
    }
  }
  return [...near]
    .map((i) => state.circuit.constraints[i]!)
    .filter((constraint) => wiresOf(constraint).every((wire) => state.isKnown(wire) || unknown.includes(wire)));
}

/** Whether all unknown wires follow in the case that `factor` is zero, or that it is not. */
function isSettled(
  state: Determination,
  context: Context,
  near: readonly Constraint[],
  unknown: readonly number[],
  factor: Combination,
  isZero: boolean,
): boolean {
  const settled = new Set<number>();
  const isOpen = (wire: number): boolean =>
    unknown.includes(wire) && !settled.has(wire) && context.valueOf(wire) === undefined;
  for (let isNews = true; isNews;) {
    isNews = false;
    for (const constraint of near) {
      const before = unknown.filter(isOpen).length;
      if (before === 0) return true;
      const conclusion = conclude(state, context, constraint, isOpen, factor, isZero);
      if (conclusion === 'impossible') return true;
      if (conclusion !== undefined) settled.add(conclusion);
      if (unknown.filter(isOpen).length < before) isNews = true;
    }
  }
  return !unknown.some(isOpen);
}

/** A wire that a constraint determines in this case, beside the values that it adds to the context. */
function conclude(
  state: Determination,
  context: Context,
  constraint: Constraint,
  isOpen: (wire: number) => boolean,
  factor: Combination,
  isZero: boolean,
): number | 'impossible' | undefined {
  const c = context.reduce(constraint.c);
  if (!isProduct(constraint)) return only(c, isOpen);
  const [a, b] = [constraint.a, constraint.b].map((side) => context.reduce(side)) as [Combination, Combination];
  for (const [side, original, other] of [
    [a, constraint.a, b],
    [b, constraint.b, a],
  ] as const) {
    const isFactor = isMultiple(factor, original);
    if ((isFactor && isZero) || isZeroConstant(side)) {
      // The constraint is c = 0.
      if (!context.assumeZero(c)) return 'impossible';
      return only(context.reduce(c), isOpen);
    }
    if (isFactor && isZeroConstant(c)) {
      if (!context.assumeZero(other)) return 'impossible';
      continue;
    }
    // side * other = c, where the open wire is in other alone.
    if (side.wires.some(isOpen)) continue;
    const wire = only(other, isOpen);
    if (wire === undefined) continue;
    if (c.wires.some(isOpen)) continue;
    if (isFactor || isNonzero(state.circuit, side) || isNonzero(state.circuit, c)) return wire;
  }
  if (a.wires.some(isOpen) || b.wires.some(isOpen)) return undefined;
  return only(c, isOpen);
}

/** The only open wire of a combination. */
function only({ wires }: Combination, isOpen: (wire: number) => boolean): number | undefined {
  const open = wires.filter(isOpen);
  return open.length === 1 ? open[0] : undefined;
}

const isZeroConstant = ({ wires, constant }: Combination): boolean => wires.length === 0 && constant === 0n;
