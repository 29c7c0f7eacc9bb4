/** Audit of a model's circuit: which of its signals are which, by their names. */

import type { R1cs } from '../circom/r1cs.js';
import type { SignalWires } from '../circom/sym.js';
import { ZkinferError } from '../errors.js';
import type { WorkOptions } from '../progress.js';
import type { AuditOptions, Findings } from './audit.js';
import { auditConstraints, inputWires } from './audit.js';

/** Private inputs that a statement gives a meaning to (docs: statement, committed weights). */
const MODEL_INPUTS = new Set(['x', 'inputSalt', 'outputSalt', 'weightsSalt', 'weights', 'numbers', 'exceptions']);
const PUBLIC_INPUTS = ['C', 'r', 's'];
/** Squares that S-boxes begin with, of all hashes of a circuit and of its challenge. */
const SQUARES = /\.permutation\.square\[\d+\]$/;
const CHALLENGE_SQUARES = /^main\.challenge\.block\[\d+\]\.permutation\.square\[\d+\]$/;

export interface ModelFindings extends Findings {
  /** Names of main's inputs without their indices, with their numbers of elements. */
  readonly inputs: readonly { readonly name: string; readonly elements: number }[];
  /** Names of private inputs that no statement knows. */
  readonly unknownInputs: readonly string[];
  /** Name of the challenge where the circuit has one. */
  readonly challenge?: string;
}

/**
 * Audits a circuit as `compile` makes it. Given are the challenge r of the statement and the private inputs (input tensor, weights, salts), and nothing
 * else: C, s and the output are to follow. What is hashed is to determine all wires, the private inputs among them.
 * @throws ARTIFACT_FORMAT where main has not the public inputs C, r and s; ABORTED
 */
export function auditModel(r1cs: R1cs, symbols: SignalWires, work: WorkOptions = {}): ModelFindings {
  const inputs = inputWires(r1cs, symbols);
  const publicNames = inputs.slice(0, r1cs.nPubIn).map(({ name }) => name);
  if (r1cs.nPubOut !== 0 || publicNames.join() !== PUBLIC_INPUTS.map((name) => `main.${name}`).join()) {
    throw new ZkinferError('ARTIFACT_FORMAT', 'the public signals of the circuit are not C, r and s', {
      hint: 'only circuits that `zkinfer compile` made can be audited',
    });
  }
  const [, r] = inputs;
  const privateInputs = inputs.slice(PUBLIC_INPUTS.length);
  const challenge = challengeOf(symbols);
  const findings = auditConstraints(r1cs, {
    ...work,
    given: [r!, ...privateInputs].map(({ wire }) => wire),
    unhashed: [r!.wire],
    squares: wiresNamed(symbols, SQUARES),
    ...(challenge && { challenge }),
  });
  const groups = countByName(inputs.map(({ name }) => name));
  return {
    ...findings,
    inputs: groups,
    unknownInputs: groups
      .map(({ name }) => name)
      .filter((name) => !PUBLIC_INPUTS.includes(name) && !MODEL_INPUTS.has(name)),
    ...(challenge && { challenge: 'main.challenge.out' }),
  };
}

function wiresNamed(symbols: SignalWires, pattern: RegExp): number[] {
  const wires = new Set<number>();
  for (const [name, wire] of symbols) if (wire > 0 && pattern.test(name)) wires.add(wire);
  return [...wires];
}

function challengeOf(symbols: SignalWires): AuditOptions['challenge'] {
  const output = symbols.get('main.challenge.out') ?? -1;
  return output > 0 ? { output, squares: wiresNamed(symbols, CHALLENGE_SQUARES) } : undefined;
}

/** `main.x[3]` counts for `x`. */
function countByName(names: readonly string[]): { name: string; elements: number }[] {
  const counts = new Map<string, number>();
  for (const name of names) {
    const base = name.replace(/^main\./, '').replace(/(\[\d+\])+$/, '');
    counts.set(base, (counts.get(base) ?? 0) + 1);
  }
  return [...counts].map(([name, elements]) => ({ name, elements }));
}
