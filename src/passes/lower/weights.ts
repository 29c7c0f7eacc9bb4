/** Moves of quantized constants, their scales included. */
import { moveTensors } from '../../ir/movement.js';
import { identitySources, stridesOf } from '../../ir/moves.js';
import { elementCount } from '../../ir/types.js';
import type { OnnxNode, Shape } from '../../ir/types.js';
import type { ConstantFact, Move, WeightsFact } from './facts.js';
import { refuse } from './state.js';

/** Moved weights: the channels of each element move along, and must run along one axis again. Padding with 0 gives zero points. */
export function moveWeights(node: OnnxNode, fact: WeightsFact, move: Move, fill = 0): WeightsFact {
  const { tensor, axis, scales, zeroPoints } = fact;
  if (move.kind === 'maxpool') return refuse(node, 'it compares weights', 'compute them ahead of time');
  const sources = move.kind === 'move' ? move.sources : identitySources(elementCount(move.shape));
  if (axis === undefined) {
    if (sources.includes(-1) && fill !== 0) refuse(node, `it pads weights with ${fill}`, 'pad them before quantizing');
    return { ...fact, tensor: moveTensors([tensor], sources, move.shape, zeroPoints[0]!) };
  }
  if (sources.includes(-1))
    refuse(node, 'it pads weights that are quantized per channel', 'pad them before quantizing');
  const channels = channelIndices(tensor.shape, axis);
  const moved = sources.map((source) => channels[source]!);
  const newAxis = axisOfChannels(moved, move.shape);
  if (newAxis === undefined)
    return refuse(node, 'it mixes weights that are quantized per channel', 'apply it before quantizing');
  const single = new Set(moved).size === 1;
  const stride = stridesOf(move.shape)[newAxis]!;
  const rows = single
    ? [moved[0]!]
    : Array.from({ length: move.shape[newAxis]! }, (_, coordinate) => moved[coordinate * stride]!);
  return {
    kind: 'weights',
    tensor: moveTensors([tensor], sources, move.shape, 0),
    scales: Float32Array.from(rows, (row) => scales[row]!),
    zeroPoints: Int32Array.from(rows, (row) => zeroPoints[row]!),
    axis: single ? undefined : newAxis,
  };
}

/** The floats that weights stand for. */
export function dequantizeWeights({ tensor, axis, scales, zeroPoints }: WeightsFact): ConstantFact {
  const channels = axis === undefined ? undefined : channelIndices(tensor.shape, axis);
  const data = Float32Array.from(tensor.data as Int32Array, (q, i) => {
    const channel = channels?.[i] ?? 0;
    return (q - zeroPoints[channel]!) * scales[channel]!;
  });
  return { kind: 'constant', tensor: { dtype: 'float32', shape: tensor.shape, data } };
}

/** For each element its coordinate along an axis. */
function channelIndices(shape: Shape, axis: number): Int32Array {
  const stride = stridesOf(shape)[axis]!;
  return Int32Array.from({ length: elementCount(shape) }, (_, i) => Math.floor(i / stride) % shape[axis]!);
}

/** The axis whose coordinate decides the channel of every element. */
function axisOfChannels(channels: Int32Array, shape: Shape): number | undefined {
  const strides = stridesOf(shape);
  const axis = shape.findIndex((size, a) =>
    channels.every((channel, i) => channel === channels[(Math.floor(i / strides[a]!) % size) * strides[a]!]),
  );
  return axis < 0 ? undefined : axis;
}
