/**
 * Statements with a number that is not below the order of the field, "signal + r": the challenge is that of the words as they are sent,
 * and the proof is right for them modulo the order. Only the check that every number is reduced keeps a contract from taking them, and
 * with them several statements for one commitment.
 */
import type { Hex, Manifest } from '../../src/artifacts/types.js';
import { proofCalldata } from '../../src/solidity/calldata.js';
import { challenge, evaluateAt } from '../../src/statement/challenge.js';
import { encodeProof } from '../../src/statement/proof-bytes.js';
import { toHex } from '../../src/hash/bytes.js';
import { P } from './bn254.js';
import type { Entry } from './batches.js';
import { setWords } from './proof-words.js';
import { simulateProof } from './simulated-key.js';
import { provenStatement, type StatementChoice } from './statements.js';

export type UnreducedPart = 'C' | 'input' | 'output';

/** What can be unreduced in statements of this kind. */
export function unreducedParts({ statement }: Manifest): UnreducedPart[] {
  return ['C', ...(['input', 'output'] as const).filter((part) => statement[part] === 'committed')];
}

/** Bytes of such a statement; `times` the order is added. */
export async function unreducedStatement(
  manifest: Manifest,
  part: UnreducedPart,
  times = 1n,
  choice: StatementChoice = {},
): Promise<Entry> {
  const { document, statement } = await provenStatement(manifest, choice);
  const { input, output, context } = proofCalldata(document, manifest);
  const right = { input, output };
  const added = times * P;
  const C = statement.C + (part === 'C' ? added : 0n);
  const commitment = part === 'C' ? undefined : BigInt(right[part]);
  const elements = statement.elements.map((element) => (element === commitment ? element + added : element));
  const r = challenge(manifest.modelId, context, C, elements);
  const proof = encodeProof(statement.C, simulateProof([statement.C, r, evaluateAt(elements, r)]));
  const parts = part === 'C' ? right : { ...right, [part]: word(BigInt(right[part]) + added) };
  return { context, ...parts, proof: setWords(toHex(proof), { 0: () => C }) };
}

function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`;
}
