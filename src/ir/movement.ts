/**
 * The operators that only move elements, by their attributes in the normal form that import gives them. Import folds constants with it, lowering
 * makes move nodes with it.
 */
import {
  concatSources,
  depthToSpaceSources,
  expandSources,
  gatherElementsSources,
  gatherNdSources,
  gatherSources,
  identitySources,
  padSources,
  sliceSources,
  spaceToDepthSources,
  tileSources,
  transposeSources,
} from './moves.js';
import type { PadMode } from './moves.js';
import { elementCount } from './types.js';
import type { Attribute, Shape, Tensor } from './types.js';

interface Movement {
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Shapes of the inputs that are moved: all inputs of Concat, otherwise the first. */
  readonly inputs: readonly Shape[];
  readonly output: Shape;
  /** Which output of the operator. */
  readonly index: number;
}

type Sources = (movement: Movement) => Int32Array;

/** Operators that keep the order of their elements. */
const RESHAPES: ReadonlySet<string> = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Dropout']);

const MOVEMENTS: Readonly<Record<string, Sources>> = {
  Transpose: ({ attributes, inputs }) => transposeSources(inputs[0]!, list(attributes, 'perm')),
  Slice: ({ attributes, inputs, output }) =>
    sliceSources(inputs[0]!, list(attributes, 'starts'), list(attributes, 'steps'), output),
  Split: ({ attributes, inputs, output, index }) => {
    const axis = attributes['axis'] as number;
    const sizes = list(attributes, 'split').slice(0, index);
    const starts = output.map((_, i) => (i === axis ? sizes.reduce((a, b) => a + b, 0) : 0));
    const steps = output.map(() => 1);
    return sliceSources(inputs[0]!, starts, steps, output);
  },
  Concat: ({ attributes, inputs }) => concatSources(inputs, attributes['axis'] as number),
  Pad: ({ attributes, inputs }) => padSources(inputs[0]!, list(attributes, 'pads'), attributes['mode'] as PadMode),
  Gather: ({ attributes, inputs }) =>
    gatherSources(inputs[0]!, attributes['axis'] as number, list(attributes, 'indices')),
  GatherElements: ({ attributes, inputs, output }) =>
    gatherElementsSources(inputs[0]!, attributes['axis'] as number, list(attributes, 'indices'), output),
  GatherND: ({ attributes, inputs }) =>
    gatherNdSources(
      inputs[0]!,
      attributes['batch_dims'] as number,
      list(attributes, 'indices'),
      attributes['depth'] as number,
    ),
  Expand: ({ inputs, output }) => expandSources(inputs[0]!, output),
  Tile: ({ attributes, inputs }) => tileSources(inputs[0]!, list(attributes, 'repeats')),
  DepthToSpace: ({ attributes, inputs }) =>
    depthToSpaceSources(inputs[0]!, attributes['blocksize'] as number, attributes['mode'] as 'DCR' | 'CRD'),
  SpaceToDepth: ({ attributes, inputs }) => spaceToDepthSources(inputs[0]!, attributes['blocksize'] as number),
};

function list(attributes: Movement['attributes'], name: string): readonly number[] {
  return attributes[name] as readonly number[];
}

/** Whether an operator only moves elements. */
export function isMovement(op: string): boolean {
  return RESHAPES.has(op) || Object.hasOwn(MOVEMENTS, op);
}

/** Whether it keeps their row-major order, so that only the shape changes. */
export function keepsOrder(op: string): boolean {
  return RESHAPES.has(op);
}

/** Flat indices into all moved inputs, one after the other; -1 for padding. */
export function movementSources(op: string, movement: Movement): Int32Array {
  return RESHAPES.has(op) ? identitySources(elementCount(movement.output)) : MOVEMENTS[op]!(movement);
}

/** Moved constants of one dtype. `fill` stands where a source is -1. */
export function moveTensors(tensors: readonly Tensor[], sources: Int32Array, shape: Shape, fill: number): Tensor {
  const { dtype } = tensors[0]!;
  const all: (number | bigint)[] = [];
  for (const { data } of tensors) for (const element of data) all.push(element);
  const elements = Array.from(sources, (source) => (source < 0 ? fill : all[source]!));
  return { dtype, shape, data: typedArray(dtype, elements) };
}

/** Elements as the array of their dtype; a bool is a byte. */
export function typedArray(dtype: Tensor['dtype'], elements: readonly (number | bigint)[]): Tensor['data'] {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(elements, Number);
    case 'int32':
      return Int32Array.from(elements, Number);
    case 'int64':
      return BigInt64Array.from(elements, BigInt);
    case 'int8':
      return Int8Array.from(elements, Number);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(elements, Number);
  }
}
