/** A key and what it is for, as the 800 bytes that contracts work with (docs: verifiers, section "Key data"). */

import type { StatementLayout } from '../artifacts/types.js';
import { toBytesBE } from '../hash/field.js';
import { partShape, type PartName } from '../statement/elements.js';
import type { ContractKey, G1Point, G2Point } from './key.js';

export const RECORD_BYTES = 800;

/** One 32-byte word of the record, and what contracts call it. */
export interface RecordWord {
  readonly name: string;
  readonly value: bigint;
}

export interface RecordSource {
  readonly key: ContractKey;
  readonly modelId: bigint;
  readonly layout: bigint;
  /** Zero where the weights are part of the circuit. */
  readonly weightsCommitment: bigint;
}

/** The 25 words in order. */
export function recordWords({ key, modelId, layout, weightsCommitment }: RecordSource): RecordWord[] {
  const [zero, c, r, s] = key.ic;
  return [
    ...g1Words('IC_C', c),
    ...g1Words('IC_R', r),
    ...g1Words('IC_S', s),
    { name: 'weightsCommitment', value: weightsCommitment },
    ...g1Words('NEG_ALPHA', key.negAlpha),
    ...g2Words('BETA', key.beta),
    ...g1Words('IC_ZERO', zero),
    ...g2Words('NEG_GAMMA', key.negGamma),
    { name: 'modelId', value: modelId },
    { name: 'LAYOUT', value: layout },
    ...g2Words('NEG_DELTA', key.negDelta),
  ];
}

export function recordBytes(source: RecordSource): Uint8Array {
  return Uint8Array.from(Buffer.concat(recordWords(source).map(({ value }) => toBytesBE(value))));
}

const VERSION = 1n << 248n;
const FLAGS = { inputCommitted: 64n, outputCommitted: 65n, weightsCommitted: 66n, inputInt8: 67n, outputInt8: 68n };
const DEVELOPMENT_FLAG = 69n;

/** Lengths, what is committed, dtypes and the development mark in one word. */
export function layoutWord(layout: StatementLayout, development: boolean): bigint {
  const flags: [bigint, boolean][] = [
    [FLAGS.inputCommitted, layout.input === 'committed'],
    [FLAGS.outputCommitted, layout.output === 'committed'],
    [FLAGS.weightsCommitted, layout.weights === 'committed'],
    [FLAGS.inputInt8, partShape(layout, 'input').dtype === 'int8'],
    [FLAGS.outputInt8, partShape(layout, 'output').dtype === 'int8'],
    [DEVELOPMENT_FLAG, development],
  ];
  const lengths = BigInt(partLength(layout, 'input')) | (BigInt(partLength(layout, 'output')) << 32n);
  return flags.reduce((sum, [bit, isSet]) => (isSet ? sum | (1n << bit) : sum), VERSION | lengths);
}

/** Bytes of calldata that a part takes: its elements, or a commitment. */
export function partLength(layout: StatementLayout, part: PartName): number {
  return layout[part] === 'committed' ? 32 : partShape(layout, part).count;
}

function g1Words(name: string, { x, y }: G1Point): RecordWord[] {
  return [
    { name: `${name}_X`, value: x },
    { name: `${name}_Y`, value: y },
  ];
}

/** In the order of the pairing precompile (EIP-197). */
function g2Words(name: string, { x, y }: G2Point): RecordWord[] {
  return [
    { name: `${name}_X1`, value: x[1] },
    { name: `${name}_X0`, value: x[0] },
    { name: `${name}_Y1`, value: y[1] },
    { name: `${name}_Y0`, value: y[0] },
  ];
}
