/**
 * Tests of operators that only move elements or compare them, on 8-bit tensors: a monotone map of the elements commutes with such an
 * operator, so the test holds as well with every element replaced by its rank. Where there are more than 256 distinct elements,
 * neighbours share a rank; moving and taking maxima allow for that, telling which of them is the greatest does not.
 */
import type { onnx } from 'onnx-proto';
import type { Tensor } from '../../../src/ir/types.js';
import type { AdaptedTest } from './adapt.js';
import { DATA_TYPES, dataInputs, encodeTest } from './adapt.js';
import { Unadaptable } from './archive.js';
import type { NodeTest } from './archive.js';

interface OrderRule {
  /** Indices of the node's inputs that have the element type; all if left out. */
  readonly elements?: readonly number[];
  /** Whether the results are elements, as opposed to positions of elements. */
  readonly positions?: true;
}

const MOVES: OrderRule = { elements: [0] };

/** Operators that commute with monotone maps which keep zero. */
const ORDER_PRESERVING: Readonly<Record<string, OrderRule>> = {
  ArgMax: { elements: [0], positions: true },
  ArgMin: { elements: [0], positions: true },
  Clip: {},
  Concat: {},
  DepthToSpace: MOVES,
  Expand: MOVES,
  Flatten: MOVES,
  Gather: MOVES,
  GatherElements: MOVES,
  GatherND: MOVES,
  GlobalMaxPool: MOVES,
  Identity: MOVES,
  Max: {},
  MaxPool: MOVES,
  Min: {},
  Pad: { elements: [0, 2] },
  ReduceMax: MOVES,
  ReduceMin: MOVES,
  Relu: MOVES,
  Reshape: MOVES,
  Slice: MOVES,
  SpaceToDepth: MOVES,
  Split: MOVES,
  Squeeze: MOVES,
  Tile: MOVES,
  Transpose: MOVES,
  Unsqueeze: MOVES,
};

/** The test on int8 tensors. Throws Unadaptable where its operator or its elements do not allow that. */
export function asOrderPreserving(test: NodeTest): AdaptedTest {
  const model = test.model();
  const graph = model.graph!;
  const [node] = graph.node!;
  const rule = graph.node!.length === 1 ? ORDER_PRESERVING[node!.opType!] : undefined;
  if (!rule) throw new Unadaptable('the operator calculates with its elements');
  const names = node!.input!.filter((name, i) => name !== '' && (rule.elements?.includes(i) ?? true));
  const [inputs, outputs] = [test.inputs(), test.outputs()];
  const elements = new Set(names.flatMap((name) => Array.from(inputs.get(name)!.data, Number)));
  const rank = ranks(elements, rule.positions === true);

  for (const name of names) inputs.set(name, toInt8(inputs.get(name)!, rank));
  const results = rule.positions ? [] : [...outputs.keys()].slice(0, node!.opType === 'MaxPool' ? 1 : undefined);
  for (const name of results) outputs.set(name, toInt8(outputs.get(name)!, rank));
  for (const value of [...graph.input!, ...graph.output!]) {
    if (names.includes(value.name!) || results.includes(value.name!)) setInt8(value);
  }
  return encodeTest(model, dataInputs(model), inputs, outputs);
}

/** A monotone map of the elements to int8 that keeps zero and separates as many of them as it can. */
function ranks(elements: ReadonlySet<number>, strict: boolean): ReadonlyMap<number, number> {
  const sorted = [...elements].sort((a, b) => a - b);
  const negative = sorted.filter((element) => element < 0).reverse();
  const positive = sorted.filter((element) => element > 0);
  if (strict && (negative.length > 128 || positive.length > 127)) {
    throw new Unadaptable('it compares more distinct elements than 8 bits tell apart');
  }
  const spread = (list: readonly number[], levels: number, sign: number): (readonly [number, number])[] =>
    list.map((element, i) => [
      element,
      sign * (1 + (list.length <= levels ? i : Math.floor((i * levels) / list.length))),
    ]);
  return new Map([[0, 0], ...spread(negative, 128, -1), ...spread(positive, 127, 1)]);
}

function toInt8({ shape, data }: Tensor, rank: ReadonlyMap<number, number>): Tensor {
  const ranked = Array.from(data, Number).map((element) => rank.get(element));
  if (ranked.includes(undefined)) throw new Error('a result is none of the elements');
  return { dtype: 'int8', shape, data: Int8Array.from(ranked as number[]) };
}

function setInt8(value: onnx.IValueInfoProto): void {
  value.type!.tensorType!.elemType = DATA_TYPES.int8;
}
