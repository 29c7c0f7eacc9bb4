/** From tensors to field elements: bytes, packing, H, commitments (docs: statement, sections Elements and H). */

import type { StatementLayout, TensorSpec } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { fromBytesBE, isFieldElement } from '../hash/field.js';
import { poseidon } from '../hash/poseidon.js';
import { dtypeRange, elementCount } from '../ir/types.js';
import { blockArities } from './blocks.js';

/** Dtypes that the elements of a statement may have. */
export type ByteDType = TensorSpec['dtype'];

/** Bytes per packed field element: 248 bits, always below p. */
export const BYTES_PER_ELEMENT = 31;

/**
 * One byte per element, two's complement for int8.
 * @throws INPUT_VALUE naming the index of the first element that is no integer of the dtype.
 */
export function tensorBytes(elements: ArrayLike<number>, dtype: ByteDType): Uint8Array {
  const { min, max } = dtypeRange(dtype);
  const bytes = new Uint8Array(elements.length);
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i] as number;
    if (!Number.isInteger(element) || element < min || element > max) {
      throw new ZkinferError('INPUT_VALUE', `an element is not an integer of ${dtype}`, { location: { index: i } });
    }
    bytes[i] = element & 0xff;
  }
  return bytes;
}

/**
 * Packs bytes into field elements, 31 to one, big-endian, the last group possibly shorter.
 * @param biased for int8: each byte is first XORed with 0x80.
 */
export function packBytes(bytes: Uint8Array, biased: boolean): bigint[] {
  const source = biased ? bytes.map((byte) => byte ^ 0x80) : bytes;
  const packed: bigint[] = [];
  for (let start = 0; start < source.length; start += BYTES_PER_ELEMENT) {
    packed.push(fromBytesBE(source.subarray(start, start + BYTES_PER_ELEMENT)));
  }
  return packed;
}

/** Packed field elements of one part, given its elements in order. */
export function packPart(elements: ArrayLike<number>, dtype: ByteDType): bigint[] {
  return packBytes(tensorBytes(elements, dtype), dtype === 'int8');
}

/**
 * H: chained Poseidon of one or more field elements.
 * @throws INTERNAL when there is none, or one is not canonical.
 */
export async function chainHash(values: readonly bigint[]): Promise<bigint> {
  let result: bigint | undefined;
  let next = 0;
  for (const arity of blockArities(values.length)) {
    const block: bigint[] = result === undefined ? [] : [result];
    const end = next + arity - block.length;
    block.push(...values.slice(next, end));
    next = end;
    while (block.length < arity) block.push(0n);
    result = await poseidon(block);
  }
  return result as bigint;
}

/**
 * commit(part, salt) = H(salt, packed_1, ..., packed_k).
 * @throws INPUT_VALUE for elements out of range, USAGE when the salt is no field element.
 */
export async function commitPart(elements: ArrayLike<number>, dtype: ByteDType, salt: bigint): Promise<bigint> {
  if (!isFieldElement(salt)) throw new ZkinferError('USAGE', 'a salt must be a field element');
  return chainHash([salt, ...packPart(elements, dtype)]);
}

/** Which of the two parts. */
export type PartName = 'input' | 'output';

/** Dtype and number of elements of a part. */
export interface PartShape {
  readonly dtype: ByteDType;
  readonly count: number;
}

/**
 * Dtype and element count of a part of the layout.
 * @throws MODEL_UNSUPPORTED when its tensors differ in dtype or there is none.
 */
export function partShape(layout: StatementLayout, part: PartName): PartShape {
  const tensors = part === 'input' ? layout.inputs : layout.outputs;
  const first = tensors[0];
  if (first === undefined) throw new ZkinferError('MODEL_UNSUPPORTED', `the statement has no ${part} tensor`);
  const odd = tensors.find((tensor) => tensor.dtype !== first.dtype);
  if (odd !== undefined) {
    throw new ZkinferError('MODEL_UNSUPPORTED', `the ${part} tensors of a statement must have one dtype`, {
      location: { tensor: odd.name },
    });
  }
  return { dtype: first.dtype, count: tensors.reduce((sum, tensor) => sum + elementCount(tensor.shape), 0) };
}

/** The public values of a statement: elements of public parts, commitments of committed ones. */
export interface PublicValues {
  /** Integer elements of all input tensors, one after the other; needed where the input is public. */
  readonly input?: ArrayLike<number>;
  readonly output?: ArrayLike<number>;
  /** Needed where the input is committed. */
  readonly inputCommitment?: bigint;
  readonly outputCommitment?: bigint;
  /** Needed where the weights are committed. */
  readonly weightsCommitment?: bigint;
}

/**
 * e_1..e_n of a statement.
 * @throws INPUT_SHAPE for a missing part or another number of elements, INPUT_VALUE for an element or a commitment out of range.
 */
export function statementElements(layout: StatementLayout, values: PublicValues): bigint[] {
  const parts: readonly PartName[] = ['input', 'output'];
  const commitments = parts
    .filter((part) => layout[part] === 'committed')
    .map((part) =>
      checkedCommitment(`the ${part}`, part === 'input' ? values.inputCommitment : values.outputCommitment),
    );
  if (layout.weights === 'committed') commitments.push(checkedCommitment('the weights', values.weightsCommitment));
  const packed = parts
    .filter((part) => layout[part] === 'public')
    .flatMap((part) => packPublicPart(layout, part, values[part]));
  return [...commitments, ...packed];
}

function checkedCommitment(what: string, commitment: bigint | undefined): bigint {
  if (commitment === undefined) throw new ZkinferError('INPUT_SHAPE', `the commitment of ${what} is missing`);
  if (!isFieldElement(commitment)) {
    throw new ZkinferError('INPUT_VALUE', `the commitment of ${what} is not a field element`);
  }
  return commitment;
}

function packPublicPart(layout: StatementLayout, part: PartName, elements: ArrayLike<number> | undefined): bigint[] {
  const { dtype, count } = partShape(layout, part);
  if (elements === undefined) throw new ZkinferError('INPUT_SHAPE', `the ${part} is missing`);
  if (elements.length !== count) {
    throw new ZkinferError('INPUT_SHAPE', `the ${part} has ${elements.length} elements instead of ${count}`);
  }
  return packPart(elements, dtype);
}
