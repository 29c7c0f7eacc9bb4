/** Batches of simulated proofs, for tests of contracts. */
import type { Hex, Manifest, ProofDocument } from '../../src/artifacts/types.js';
import { batchCalldata } from '../../src/solidity/calldata.js';
import { simulateProof, TOXIC_WASTE } from './simulated-key.js';
import { provenStatement } from './statements.js';

/** The bytes of a batch. */
export interface Batch {
  readonly contexts: readonly Hex[];
  readonly inputs: Hex;
  readonly outputs: Hex;
  readonly proofs: Hex;
}

export interface BatchChoice {
  /** What is added to the logarithm of each C_proof (see simulateProof). */
  readonly errors?: Readonly<Record<number, bigint>>;
  /** Elements of the statements, in turn. Default: pseudo-random. */
  readonly samples?: readonly { readonly input: readonly number[]; readonly output: readonly number[] }[];
  readonly seed?: number;
}

/** Proofs with points of their own, of statements with contexts of their own. */
export async function provenDocuments(
  manifest: Manifest,
  count: number,
  { errors = {}, samples, seed = 1 }: BatchChoice = {},
): Promise<ProofDocument[]> {
  const documents = [];
  for (let i = 0; i < count; i++) {
    const points: [bigint, bigint] = [0xa_cafe_0001n + BigInt(i * i + seed), 0xb_beef_0001n + BigInt(i)];
    const values = samples?.[i % samples.length];
    const { document } = await provenStatement(manifest, {
      context: contextOf(i),
      seed: seed + i,
      prove: (signals) => simulateProof(signals, TOXIC_WASTE, points, errors[i]),
      ...(values === undefined ? {} : { values }),
    });
    documents.push(document);
  }
  return documents;
}

export async function provenBatch(manifest: Manifest, count: number, choice?: BatchChoice): Promise<Batch> {
  return batchCalldata(await provenDocuments(manifest, count, choice), manifest);
}

/** 32 bytes without zeros: the dearest calldata. */
function contextOf(index: number): Hex {
  return `0x${(0xc0ffee00n + BigInt(index)).toString(16).padStart(64, '7')}`;
}

/** One statement of a batch as bytes. */
export interface Entry {
  readonly context: Hex;
  readonly input: Hex;
  readonly output: Hex;
  readonly proof: Hex;
}

export function entriesOf({ contexts, inputs, outputs, proofs }: Batch): Entry[] {
  const part = (hex: Hex, i: number): Hex => {
    const size = (hex.length - 2) / contexts.length;
    return `0x${hex.slice(2 + i * size, 2 + (i + 1) * size)}`;
  };
  return contexts.map((context, i) => ({
    context,
    input: part(inputs, i),
    output: part(outputs, i),
    proof: part(proofs, i),
  }));
}

export function batchOf(entries: readonly Entry[]): Batch {
  const join = (part: 'input' | 'output' | 'proof'): Hex =>
    `0x${entries.map((entry) => entry[part].slice(2)).join('')}`;
  return {
    contexts: entries.map(({ context }) => context),
    inputs: join('input'),
    outputs: join('output'),
    proofs: join('proof'),
  };
}

/** The batch with one of its entries changed. */
export function withEntry(batch: Batch, index: number, change: (entry: Entry) => Partial<Entry>): Batch {
  return batchOf(entriesOf(batch).map((entry, i) => (i === index ? { ...entry, ...change(entry) } : entry)));
}
