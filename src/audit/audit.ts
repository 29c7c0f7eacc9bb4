/** Audit of constraints: what the inputs determine, whatever a prover does. Reads an R1CS and nothing of how it was made. */

import type { R1cs } from '../circom/r1cs.js';
import type { SignalWires } from '../circom/sym.js';
import type { WorkOptions } from '../progress.js';
import { Circuit } from './circuit.js';
import type { RuleCounts } from './determine.js';
import { Determination } from './determine.js';
import { inferDomains } from './domains.js';

export interface AuditOptions extends WorkOptions {
  /** Wires whose values are given, see inputWires. */
  readonly given: readonly number[];
}

export interface Findings {
  /** Wires, in increasing order, that are not shown to be determined by the given ones. */
  readonly undetermined: readonly number[];
  /** Rows of constraints that stand between undetermined wires and others, by wire. */
  readonly rows: ReadonlyMap<number, readonly number[]>;
  /** Rows that no witness satisfies. */
  readonly impossible: readonly number[];
  /** Wires that each rule has determined; wires that stand for a factor of a constraint count too. */
  readonly counts: RuleCounts;
}

/**
 * Shows of every wire of a circuit that any two witnesses with the same values of the given wires have the same value there; what cannot be shown
 * is listed. "Not listed" is proven; "listed" may be a weakness of the rules.
 * @throws ABORTED
 */
export function auditConstraints(r1cs: R1cs, options: AuditOptions): Findings {
  const circuit = new Circuit(r1cs);
  inferDomains(circuit);
  const state = new Determination(circuit, new Set(), options);
  for (const wire of options.given) state.markKnown(wire);
  state.run();
  const undetermined: number[] = [];
  for (let wire = 0; wire < r1cs.nWires; wire++) if (!state.isKnown(wire)) undetermined.push(wire);
  const rows = new Map<number, readonly number[]>();
  for (const wire of undetermined) rows.set(wire, rowsOf(circuit, wire));
  return { undetermined, rows, impossible: circuit.impossible, counts: state.counts };
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
