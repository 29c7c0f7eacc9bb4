/** The 288 bytes of a proof as words: C, A.x, A.y, B.x1, B.x0, B.y1, B.y0, C_proof.x, C_proof.y; and what attackers make of them. */
import type { Hex } from '../../src/artifacts/types.js';
import { P, pointOutsideSubgroup, Q } from './bn254.js';

export function wordsOf(proof: Hex): bigint[] {
  return (proof.slice(2).match(/.{64}/g) ?? []).map((word) => BigInt(`0x${word}`));
}

export function fromWords(words: readonly bigint[]): Hex {
  return `0x${words.map((value) => value.toString(16).padStart(64, '0')).join('')}`;
}

/** Replaces single words. */
export function setWords(proof: Hex, changes: Readonly<Record<number, (word: bigint) => bigint>>): Hex {
  return fromWords(wordsOf(proof).map((word, i) => changes[i]?.(word) ?? word));
}

const outside = pointOutsideSubgroup();
const zero = (): bigint => 0n;

/** Changes that make a valid proof one that no verifier may take. */
export const BAD_PROOFS: readonly [string, (proof: Hex) => Hex][] = [
  ['C + 1', (proof) => setWords(proof, { 0: (c) => c + 1n })],
  ['C = 0', (proof) => setWords(proof, { 0: zero })],
  ['C plus the order of the field', (proof) => setWords(proof, { 0: (c) => c + P })],
  ['C = p', (proof) => setWords(proof, { 0: () => P })],
  ['the greatest word as C', (proof) => setWords(proof, { 0: () => 2n ** 256n - 1n })],
  ['A negated', (proof) => setWords(proof, { 2: (y) => Q - y })],
  ['B negated', (proof) => setWords(proof, { 5: (y1) => Q - y1, 6: (y0) => Q - y0 })],
  ['C_proof negated', (proof) => setWords(proof, { 8: (y) => Q - y })],
  [
    'A and C_proof swapped',
    (proof) => {
      const [c, ax, ay, x1, x0, y1, y0, cx, cy] = wordsOf(proof);
      return fromWords([c, cx, cy, x1, x0, y1, y0, ax, ay] as bigint[]);
    },
  ],
  [
    'halves of B swapped',
    (proof) => {
      const [c, ax, ay, x1, x0, y1, y0, cx, cy] = wordsOf(proof);
      return fromWords([c, ax, ay, x0, x1, y0, y1, cx, cy] as bigint[]);
    },
  ],
  ['A at infinity', (proof) => setWords(proof, { 1: zero, 2: zero })],
  ['B at infinity', (proof) => setWords(proof, { 3: zero, 4: zero, 5: zero, 6: zero })],
  ['C_proof at infinity', (proof) => setWords(proof, { 7: zero, 8: zero })],
  ['all points at infinity', (proof) => fromWords([wordsOf(proof)[0] as bigint, ...Array<bigint>(8).fill(0n)])],
  ['A off the curve', (proof) => setWords(proof, { 2: (y) => y + 1n })],
  ['B off the curve', (proof) => setWords(proof, { 6: (y0) => y0 + 1n })],
  ['C_proof off the curve', (proof) => setWords(proof, { 7: (x) => x + 1n })],
  ['A.x plus the modulus', (proof) => setWords(proof, { 1: (x) => x + Q })],
  ['B.y0 plus the modulus', (proof) => setWords(proof, { 6: (y0) => y0 + Q })],
  ['C_proof.y plus the modulus', (proof) => setWords(proof, { 8: (y) => y + Q })],
  ['only ones', () => `0x${'ff'.repeat(288)}`],
  [
    'B on the twist, but outside the group of prime order',
    (proof) =>
      setWords(proof, { 3: () => outside.x[1], 4: () => outside.x[0], 5: () => outside.y[1], 6: () => outside.y[0] }),
  ],
  [
    'A at infinity and B outside the group of prime order',
    (proof) =>
      setWords(proof, {
        1: zero,
        2: zero,
        3: () => outside.x[1],
        4: () => outside.x[0],
        5: () => outside.y[1],
        6: () => outside.y[0],
      }),
  ],
];

/** The hex with the byte at `index` (negative: from the end) replaced by another one. */
export function changeByte(hex: Hex, index: number): Hex {
  const bytes = Buffer.from(hex.slice(2), 'hex');
  const at = index < 0 ? bytes.length + index : index;
  bytes[at] = (bytes[at] as number) ^ 0x01;
  return `0x${bytes.toString('hex')}`;
}
