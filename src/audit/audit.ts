/** Audit of constraints: what the inputs determine, whatever a prover does. Reads an R1CS and nothing of how it was made. */

import type { R1cs } from '../circom/r1cs.js';
import type { SignalWires } from '../circom/sym.js';
import type { WorkOptions } from '../progress.js';
import type { Challenge } from './challenge.js';
import { Circuit } from './circuit.js';
import type { RuleCounts } from './determine.js';
import { Determination } from './determine.js';
import { isMultiple } from './combination.js';
import { inferDomains } from './domains.js';
import type { RangeFindings } from './ranges.js';
import { checkRanges } from './ranges.js';
import { isProduct } from './system.js';

export interface AuditOptions extends WorkOptions {
  /** Wires whose values are given, see inputWires. */
  readonly given: readonly number[];
  /**
   * Squares that the S-boxes of the circuit's hashes calculate. What is hashed is read from the constraints: the wires of which such a square is
   * one, but for a constant.
   */
  readonly squares?: readonly number[];
  /** Given wires that are not hashed, but that whoever checks the proof knows. */
  readonly unhashed?: readonly number[];
  /** A hash that stands for a random number, and the squares of its S-boxes. */
  readonly challenge?: { readonly output: number; readonly squares: readonly number[] };
}

/** A wire that is not shown to be determined. */
export interface OpenWire {
  readonly wire: number;
  /** Rows of the .r1cs file that it stands in, in increasing order. */
  readonly rows: readonly number[];
}

export interface Findings {
  /** Wires that are not shown to be determined by the given ones. */
  readonly undetermined: readonly OpenWire[];
  /** Wires that are not shown to be determined by what is hashed and `unhashed`. */
  readonly unbound: readonly OpenWire[];
  /** Number of elements that are hashed. */
  readonly hashed: number;
  /** Rows that no witness satisfies. */
  readonly impossible: readonly number[];
  /** Wires that each rule has determined; wires that stand for a factor of a constraint count too. */
  readonly counts: RuleCounts;
  /** Where the challenge was used: the greatest degree of a polynomial that is taken for zero since it is at the challenge. */
  readonly degree?: number;
  readonly ranges: RangeFindings;
}

/**
 * Shows of every wire of a circuit that any two witnesses with the same values of the given wires have the same value there; what cannot be shown
 * is listed. "Not listed" is proven; "listed" may be a weakness of the rules.
 *
 * Where some wires are hashed, shows the same of any two witnesses that agree on those. Only if that is so for all wires, and the challenge follows from
 * its inputs alone, is it used as a random number.
 * @throws ABORTED
 */
export function auditConstraints(r1cs: R1cs, options: AuditOptions): Findings {
  const circuit = new Circuit(r1cs);
  inferDomains(circuit);
  const hashed = squared(circuit, options.squares ?? []);
  const unbound =
    hashed.length > 0 ? openWires(circuit, determine(circuit, [...(options.unhashed ?? []), ...hashed], options)) : [];
  const challenge = unbound.length === 0 ? challengeOf(circuit, options) : undefined;
  const state = determine(circuit, options.given, options, challenge);
  return {
    undetermined: openWires(circuit, state),
    unbound,
    hashed: hashed.length,
    impossible: circuit.impossible,
    counts: state.counts,
    ...(state.degree > 0 && { degree: state.degree }),
    ranges: checkRanges(circuit),
  };
}

function determine(
  circuit: Circuit,
  known: readonly number[],
  work: WorkOptions,
  challenge?: Challenge,
): Determination {
  const state = new Determination(circuit, work, challenge);
  for (const wire of known) state.markKnown(wire);
  state.run();
  return state;
}

/** Wires of which these are squares, but for constants. */
function squared(circuit: Circuit, squares: readonly number[]): number[] {
  const wires = new Set<number>();
  for (const square of squares) {
    for (const i of circuit.readersOf(square)) {
      const constraint = circuit.constraints[i]!;
      if (!isProduct(constraint) || constraint.c.wires.length !== 1 || constraint.c.wires[0] !== square) continue;
      if (constraint.a.wires.length === 1 && isMultiple(constraint.a, constraint.b)) wires.add(constraint.a.wires[0]!);
    }
  }
  return [...wires];
}

/** The challenge, if it is calculated from what its hash takes and nothing else. */
function challengeOf(circuit: Circuit, { challenge }: AuditOptions): Challenge | undefined {
  if (challenge === undefined) return undefined;
  const state = new Determination(circuit);
  for (const wire of squared(circuit, challenge.squares)) state.markKnown(wire);
  state.runSingle();
  return state.isKnown(challenge.output) ? { output: challenge.output } : undefined;
}

function openWires(circuit: Circuit, state: Determination): OpenWire[] {
  const open: OpenWire[] = [];
  for (let wire = 0; wire < circuit.nOriginal; wire++) {
    if (!state.isKnown(wire)) open.push({ wire, rows: rowsOf(circuit, wire) });
  }
  return open;
}

/**
 * Names and wires of main's inputs. circom numbers its signals from main's outputs and inputs on, and counts in the header the inputs that
 * nothing reads, though they have no wire: so the header's counts are of signals, and not of wires.
 */
export function inputWires(r1cs: R1cs, symbols: SignalWires): { readonly name: string; readonly wire: number }[] {
  const end = r1cs.nPubOut + r1cs.nPubIn + r1cs.nPrvIn;
  return [...symbols]
    .slice(r1cs.nPubOut, end)
    .map(([name, wire]) => ({ name, wire }))
    .filter(({ wire }) => wire >= 0);
}

function rowsOf(circuit: Circuit, wire: number): number[] {
  const rows = new Set(Array.from(circuit.readersOf(wire), (i) => circuit.constraints[i]!.row));
  const own = circuit.booleanRows.get(wire);
  if (own !== undefined) rows.add(own);
  return [...rows].sort((x, y) => x - y);
}
