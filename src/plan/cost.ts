import type { StatementLayout, Visibility } from '../artifacts/types.js';
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
/** Constraints of StepLookup for steps of at most 2^bits integers. */
export function stepLookupCost(bits: number): number {
  return 51 + 2 * bits;
}

/** Constraints of FloatRound to W significant bits. */
export function floatRoundCost(W: number, drop: number, signed: boolean): number {
  return W + 5 * drop + 5 + (signed ? drop : 0);
}

/** Constraints of one sum of FloatSums: its roundings, and a wire for each of their operands and for the result, unless it is one element. */
export function floatSumCost(taps: number, drops: readonly number[], signed: boolean): number {
  const rounded = drops.filter((drop) => drop > 0);
  const roundings = rounded.reduce((sum, drop) => sum + floatRoundCost(24, drop, signed) + 1, 0);
  return roundings + (taps > 1 ? 1 : 0);
}

/** Field elements that n bytes are packed into. */
export const packedCount = (n: number): number => Math.ceil(n / BYTES_PER_ELEMENT);

/** Constraints of the maximum of two integers whose difference has this many bits. */
export function maxCost(bits: number): number {
  return bits + 2;
}

/**
 * Constraints of ArgMax over `candidates` elements with differences of this many bits: the last maximum itself is not
 * needed, and the place among the first two is linear in their flag.
 */
export function argMaxCost(candidates: number, bits: number): number {
  if (candidates === 1) return 0;
  return (candidates - 1) * (bits + 1) + (candidates === 2 ? 1 : 2 * (candidates - 2));
}

/**
 * Constraints of one output of the Conv template.
 * @param form    undefined where the output is the accumulator
 * @param terms   inputs that it combines
 * @param isCopy  the accumulator is one input as it is: then it has a wire already, where exceptions or the output need one
 */
export function outputCost(form: RequantizeForm | undefined, terms: number, isCopy = false): number {
  const copied = Number(isCopy);
  if (form === undefined) return 1 - copied;
  const cost = formCost(form, terms);
  return form.raised.length + form.lowered.length > 0 ? cost - copied : cost;
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
  const part = (tensors: StatementLayout['inputs'], visibility: Visibility) => {
    const packed = packedCount(size(tensors));
    // A uint8 element that is packed alone is the packed value: no constraint.
    const isCopy = size(tensors) % BYTES_PER_ELEMENT === 1 && tensors[0]!.dtype === 'uint8';
    return { packed, sums: packed - Number(isCopy), visibility };
  };
  const parts = [part(layout.inputs, layout.input), part(layout.outputs, layout.output)];
  let cost = size(layout.inputs) * INPUT_COST;
  let elements = layout.weights === 'committed' ? 1 : 0;
  for (const { packed, sums, visibility } of parts) {
    cost += sums + (visibility === 'committed' ? chainHashCost(packed + 1) : 0);
    elements += visibility === 'committed' ? 1 : packed;
  }
  return cost + chainHashCost(elements) + elements;
}
