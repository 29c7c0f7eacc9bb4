/** Which wires of a circuit are determined by its inputs: the rules, applied until none says more. */

import type { WorkOptions } from '../progress.js';
import { throwIfAborted } from '../errors.js';
import { decideCases } from './cases.js';
import type { Challenge } from './challenge.js';
import { determineByChallenge } from './challenge.js';
import type { Circuit } from './circuit.js';
import type { Combination } from './combination.js';
import { coefficientOf, scale } from './combination.js';
import { Context } from './context.js';
import type { Constraint, Product } from './system.js';
import { isProduct, wiresOf } from './system.js';
import { eliminated, pairFixedBy } from './pairs.js';
import { determines } from './unique.js';
import { determinesLeast } from './least.js';
import { splitOnZero } from './zero.js';

/** How many wires each rule has determined. */
export type RuleCounts = Record<Rule, number>;
export type Rule = 'linear' | 'sum' | 'zero' | 'cases' | 'least' | 'challenge';

export class Determination {
  /** 1 for wires of which any two witnesses with the same inputs have the same value. */
  readonly known: Uint8Array;
  readonly counts: RuleCounts = { linear: 0, sum: 0, zero: 0, cases: 0, least: 0, challenge: 0 };
  /** Unknown wires of each constraint, and those of them that are not boolean. */
  private readonly unknown: Uint32Array;
  private readonly wide: Uint32Array;
  private readonly linearQueue: number[] = [];
  private sumQueue: number[] = [];
  private readonly isQueued: Uint8Array;
  /** Unknown wires of each constraint when it was tried as a wide sum, and by its cases. */
  private readonly triedSums: Uint32Array;
  private readonly triedCases: Uint32Array;
  private readonly triedRoots = new Map<string, number>();
  private knownCount = 0;
  /** Cases that were written out. */
  cases = 0;
  /** Greatest degree of a polynomial that is taken for zero because it is at the challenge. */
  degree = 0;
  private steps = 0;

  constructor(
    readonly circuit: Circuit,
    private readonly options: WorkOptions = {},
    private readonly challenge?: Challenge,
  ) {
    const { constraints, nWires } = circuit;
    this.known = new Uint8Array(nWires);
    this.unknown = new Uint32Array(constraints.length);
    this.wide = new Uint32Array(constraints.length);
    this.isQueued = new Uint8Array(constraints.length);
    this.triedSums = new Uint32Array(constraints.length);
    this.triedCases = new Uint32Array(constraints.length);
    constraints.forEach((constraint, i) => {
      const wires = wiresOf(constraint);
      this.unknown[i] = wires.length;
      this.wide[i] = wires.filter((wire) => !circuit.isBoolean(wire)).length;
      this.enqueue(i);
    });
    this.sumQueue.reverse();
    this.markKnown(0);
  }

  isKnown(wire: number): boolean {
    return this.known[wire] === 1;
  }

  /** Whether all wires of a combination are known. */
  isDetermined(combination: Combination): boolean {
    return combination.wires.every((wire) => this.known[wire] === 1);
  }

  unknownOf(constraint: Constraint): number[] {
    return wiresOf(constraint).filter((wire) => this.known[wire] === 0);
  }

  unknownCount(i: number): number {
    return this.unknown[i]!;
  }

  markKnown(wire: number, rule?: Rule): void {
    if (this.known[wire] === 1) return;
    this.known[wire] = 1;
    this.knownCount++;
    if (rule) this.counts[rule]++;
    const isBoolean = this.circuit.isBoolean(wire);
    for (const i of this.circuit.readersOf(wire)) {
      this.unknown[i]!--;
      if (!isBoolean) this.wide[i]!--;
      this.enqueue(i);
    }
  }

  /** Applies the cheap rules, and the others where they say nothing, until none does. */
  run(): void {
    for (;;) {
      this.settle();
      if (this.settleWide()) continue;
      if (decideCases(this) || determinesLeast(this)) continue;
      const degree = this.challenge && determineByChallenge(this, this.challenge);
      if (degree === undefined) return;
      this.degree = Math.max(this.degree, degree);
    }
  }

  /** Applies only the rule of single unknown wires. */
  runSingle(): void {
    for (let next = this.linearQueue.pop(); next !== undefined; next = this.linearQueue.pop()) this.trySingle(next);
  }

  private enqueue(i: number): void {
    if (this.unknown[i] === 1) this.linearQueue.push(i);
    else if (this.unknown[i]! > 1 && this.isQueued[i] === 0 && this.isPromising(i)) {
      this.isQueued[i] = 1;
      this.sumQueue.push(i);
    }
  }

  private isPromising(i: number): boolean {
    return this.wide[i] === 0 || this.unknown[i] === 2;
  }

  /** Single unknown wires, sums of booleans, tests for zero. */
  settle(): void {
    for (;;) {
      const single = this.linearQueue.pop();
      if (single !== undefined) {
        this.trySingle(single);
        continue;
      }
      const next = this.sumQueue.pop();
      if (next === undefined) return;
      this.isQueued[next] = 0;
      this.report();
      if (this.unknown[next]! > 1) this.trySum(next);
    }
  }

  /** Whether a constraint is new to decideCases, or fewer of its wires are unknown than when it was tried. */
  isWorthCases(i: number): boolean {
    return this.isWorth(i, this.triedCases);
  }

  /** Whether cases of these booleans have not been tried since a wire became known. */
  isWorthRoots(roots: readonly number[]): boolean {
    const key = roots.toSorted((x, y) => x - y).join();
    if (this.triedRoots.get(key) === this.knownCount) return false;
    this.triedRoots.set(key, this.knownCount);
    return true;
  }

  private isWorth(i: number, tried: Uint32Array): boolean {
    if (tried[i] === this.unknown[i]) return false;
    tried[i] = this.unknown[i]!;
    return true;
  }

  private report(): void {
    if ((++this.steps & 0x3ff) !== 0) return;
    throwIfAborted(this.options.signal);
    const done = this.counts.linear + this.counts.sum + this.counts.zero + this.counts.cases;
    this.options.onProgress?.({ stage: 'auditing', done, total: this.circuit.nWires });
  }

  private trySum(i: number): void {
    const constraint = this.circuit.constraints[i]!;
    const equation = this.sumOf(constraint);
    if (this.wide[i]! > 0 && !isProduct(constraint)) {
      this.markAll(pairFixedBy(this, constraint), 'linear');
    } else if (equation) {
      if (determines(new Context(this.circuit, i), this.unknownPart(equation)))
        this.markAll(this.unknownOf(constraint), 'sum');
    } else if (isProduct(constraint) && this.unknown[i] === 2) {
      this.markAll(pairFixedBy(this, constraint), 'linear');
      if (this.unknown[i] === 2) this.markAll(splitOnZero(this, constraint), 'zero');
    }
  }

  /** Sums that hold wires of wider intervals, or of none where other sums can cancel them; true if one of them determines its wires. */
  private settleWide(): boolean {
    let isNews = false;
    this.circuit.constraints.forEach((constraint, i) => {
      if (this.unknown[i]! < 2 || this.wide[i] === 0 || !this.isWorth(i, this.triedSums)) return;
      const equation = isProduct(constraint) ? this.sumOf(constraint) : eliminated(this, i);
      if (equation === undefined) return;
      const part = this.unknownPart(equation);
      if (!determines(new Context(this.circuit, i), part)) return;
      this.markAll(part.wires, 'sum');
      this.settle();
      isNews = true;
    });
    return isNews;
  }

  /** The linear equation that a constraint is once its known factors are put in. */
  private sumOf(constraint: Constraint): Combination | undefined {
    if (!isProduct(constraint)) return constraint.c;
    return this.isDetermined(constraint.a) && this.isDetermined(constraint.b) ? constraint.c : undefined;
  }

  unknownPart({ wires, coefficients }: Combination): Combination {
    const kept = wires.map((wire, i) => [wire, coefficients[i]!] as const).filter(([wire]) => this.known[wire] === 0);
    return { wires: kept.map(([wire]) => wire), coefficients: kept.map(([, value]) => value), constant: 0n };
  }

  markAll(wires: readonly number[], rule: Rule): void {
    for (const wire of wires) this.markKnown(wire, rule);
  }

  private trySingle(i: number): void {
    if (this.unknown[i] !== 1) return;
    const constraint = this.circuit.constraints[i]!;
    const wire = wiresOf(constraint).find((candidate) => this.known[candidate] === 0)!;
    if (!isProduct(constraint) || fixes(this.circuit, constraint, wire)) this.markKnown(wire, 'linear');
    else this.markAll(splitOnZero(this, constraint), 'zero');
  }
}

/** Whether a product whose other wires are known leaves one value for a wire: its coefficient, a known number, must not be zero. */
function fixes(circuit: Circuit, { a, b, c }: Product, wire: number): boolean {
  const [inA, inB, inC] = [a, b, c].map((side) => coefficientOf(side, wire)) as [bigint, bigint, bigint];
  if (inA !== 0n && inB !== 0n) return false;
  if (inA === 0n && inB === 0n) return true;
  const other = inA === 0n ? a : b;
  const factor = inA === 0n ? inB : inA;
  if (inC === 0n && (isNonzero(circuit, c) || isNonzero(circuit, other))) return true;
  const coefficient = scale(other, factor);
  return isNonzero(circuit, { ...coefficient, constant: coefficient.constant - inC });
}

/** Whether a combination is 0 in no witness. */
export function isNonzero(circuit: Circuit, combination: Combination): boolean {
  const { wires, constant } = combination;
  if (wires.length === 0) return constant !== 0n;
  if (wires.length === 1 && constant === 0n && circuit.nonzero[wires[0]!] === 1) return true;
  const bounds = circuit.boundsOf(combination);
  return bounds !== undefined && (bounds.low > 0n || bounds.high < 0n);
}
