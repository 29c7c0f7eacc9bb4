import type { StatementLayout } from '../artifacts/types.js';
import { elementCount } from '../ir/types.js';
import type { RequantizeForm } from './form.js';
import type { BlockArity } from '../statement/blocks.js';
import { blockArities } from '../statement/blocks.js';
import { BYTES_PER_ELEMENT } from '../statement/elements.js';
import { formCost } from './form.js';

/** Constraints of one input element: the bits of its range check. */
export const INPUT_COST = 8;
/** Constraints of one Table entry (see circuits/quant/table.circom). */
export const TABLE_COST = 34;
/** Field elements that n bytes are packed into. */
export const packedCount = (n: number): number => Math.ceil(n / BYTES_PER_ELEMENT);

/** Constraints of the maximum of two integers whose difference has this many bits. */
export function maxCost(bits: number): number {
  return bits + 2;
}

/** Constraints of one output of the Conv template. */
export function outputCost(form: RequantizeForm | undefined): number {
  return form === undefined ? 1 : formCost(form);
}

const POSEIDON_PARTIAL_ROUNDS: Readonly<Record<BlockArity, number>> = { 2: 57, 4: 60, 8: 63, 16: 68 };

/** Constraints of H over n values (docs: statement): three for each S-box whose input is not constant. */
export function chainHashCost(n: number): number {
  let left = n;
  return blockArities(n).reduce((sum, arity, block) => {
    const carried = block > 0 ? 1 : 0;
    const taken = Math.min(arity - carried, left);
    left -= taken;
    return sum + 3 * (7 * (arity + 1) + carried + taken + POSEIDON_PARTIAL_ROUNDS[arity]);
  }, 0);
}

/** Constraints of checking the input's range and of binding input and output to the public signals. */
export function statementCost(layout: StatementLayout): number {
  const size = (tensors: StatementLayout['inputs']): number =>
    tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const parts = [
    { packed: packedCount(size(layout.inputs)), visibility: layout.input },
    { packed: packedCount(size(layout.outputs)), visibility: layout.output },
  ];
  let cost = size(layout.inputs) * INPUT_COST;
  let elements = 0;
  for (const { packed, visibility } of parts) {
    cost += packed + (visibility === 'committed' ? chainHashCost(packed + 1) : 0);
    elements += visibility === 'committed' ? 1 : packed;
  }
  return cost + chainHashCost(elements) + elements;
}
