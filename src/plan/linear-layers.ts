/** Layers of the Conv and MaxPool templates: linear operators, their requantization and the pooling behind it. */
import type { ConvNode, IntRange, MatMulNode, MaxPoolNode, Value } from '../ir/types.js';
import { elementCount } from '../ir/types.js';
import type { Chain } from './chains.js';
import { maxCost, outputCost } from './cost.js';
import type { RequantizeForm } from './form.js';
import { bitLength } from './form.js';
import type { Gather } from './gather.js';
import { blocksOf, insideTaps, pointGather, windowGather } from './gather.js';
import type { ChannelForm } from './requantization.js';
import type { Rounding } from './step-form.js';
import type { ConvLayer, Wires } from './types.js';
import type { PartialReport, Wiring } from './wiring.js';

/** What a Conv layer combines. */
export type Linear = Pick<ConvLayer, 'gather' | 'outChannels' | 'group' | 'zeroPoint' | 'weights' | 'constants'>;

/** Adds a Conv layer over one or several arrays; outputs without a form are left as accumulators. */
export function addConv(
  wiring: Wiring,
  inputs: readonly Wires[],
  linear: Linear,
  forms: readonly (RequantizeForm | undefined)[],
  report: PartialReport,
): Wires {
  const positions = linear.gather.sources.length;
  const isCopy = (n: number): boolean =>
    linear.weights[n]!.length === 1 && linear.weights[n]![0] === 1 && linear.constants[n] === 0;
  const constraints =
    forms.reduce((sum, form, n) => sum + outputCost(form, linear.weights[n]!.length, isCopy(n)), 0) * positions;
  const outputSize = linear.outChannels * positions;
  const blocks = blocksOf(linear.gather);
  return wiring.push({ kind: 'conv', ...linear, blocks, forms, inputs, outputSize }, report, constraints);
}

/** A linear operator, requantization and pooling, in the cheaper order: pooling commutes with the requantization, which is monotone. */
export function addLinear(wiring: Wiring, chain: Chain, channelForms: readonly ChannelForm[]): void {
  const { linear, requantize, pool } = chain;
  const node = (linear ?? requantize)!;
  const input = wiring.value(node.inputs[0]!);
  const accumulator = linear ? wiring.value(linear.outputs[0]!) : input;
  const result = wiring.value(chain.nodes.at(-1)!.outputs[0]!);
  const roundings = spread(channelForms, accumulator);
  const forms = roundings.flatMap((rounding) => (rounding.kind === 'form' ? [rounding.form] : []));
  const description = linear ? describe(linear, input) : elementwise(accumulator, channelCount(accumulator));
  const poolWindows = pool && windowGather(wiring.value(pool.inputs[0]!).shape, pool.window);
  const axis = linear?.kind === 'matmul' ? input.shape.length - 1 : linear ? 1 : (input.channelAxis ?? 0);
  let wires = wiring.channelsFirst(wiring.of(node.inputs[0]!), input.shape, axis, node.name);

  const operator = linear ? (linear.kind === 'conv' ? 'Conv' : 'MatMul') : '';
  const base = { name: node.name, shape: result.shape };
  const unpooled = { name: node.name, shape: pool ? wiring.value(pool.inputs[0]!).shape : result.shape };
  const outputs = description.outChannels * description.gather.sources.length;
  const macs = linear ? outputs * description.weights[0]!.length : 0;
  if (forms.length < roundings.length) {
    const none = roundings.map(() => undefined);
    if (linear) wires = addConv(wiring, [wires], description, none, { ...unpooled, op: operator, macs });
    const bits = channelBits(accumulator, roundings.length);
    if (poolWindows) wires = addPool(wiring, wires, poolWindows, bits, { ...base, op: 'MaxPool' });
    wires = roundChannels(wiring, wires, roundings, { ...base, op: 'Requantize' });
  } else if (
    poolWindows &&
    poolingFirstIsCheaper(forms, accumulator, wiring.value(pool!.inputs[0]!), poolWindows, linear && description)
  ) {
    const none = forms.map(() => undefined);
    if (linear) wires = addConv(wiring, [wires], description, none, { ...unpooled, op: operator, macs });
    wires = addPool(wiring, wires, poolWindows, channelBits(accumulator, forms.length), { ...base, op: 'MaxPool' });
    const pooled = pointGather(forms.length, poolWindows.sources.length);
    wires = addConv(wiring, [wires], { ...elementwise(accumulator, forms.length), gather: pooled }, forms, {
      ...base,
      op: 'Requantize',
      requantized: forms.length * poolWindows.sources.length,
    });
  } else {
    wires = addConv(
      wiring,
      [wires],
      description,
      requantize ? forms : Array<undefined>(description.outChannels).fill(undefined),
      {
        ...unpooled,
        op: [operator, requantize ? 'Requantize' : ''].filter(Boolean).join(' + '),
        macs,
        requantized: requantize ? outputs : 0,
      },
    );
    if (poolWindows) {
      const bits = channelBits(wiring.value(pool!.inputs[0]!), poolWindows.channels);
      wires = addPool(wiring, wires, poolWindows, bits, { ...base, op: 'MaxPool' });
    }
  }
  const back = linear?.kind === 'matmul' ? result.shape.length - 1 : linear ? 1 : axis;
  wiring.set(result.name, wiring.channelsBack(wires, result.shape, back, node.name));
}

/** Rounds accumulators, channels first, where some channels have no form: those go through the steps of their function. */
function roundChannels(wiring: Wiring, input: Wires, roundings: readonly Rounding[], report: PartialReport): Wires {
  const size = input.size / roundings.length;
  const placesOf = (channels: readonly number[]): number[] =>
    channels.flatMap((channel) => Array.from({ length: size }, (_, i) => channel * size + i));
  const formed = roundings.flatMap((rounding, channel) =>
    rounding.kind === 'form' ? [{ channel, form: rounding.form }] : [],
  );
  const part = (
    channels: readonly number[],
    round: (wires: Wires, row: PartialReport) => Wires,
  ): { wires: Wires; places: readonly number[] } => {
    const places = placesOf(channels);
    const gathered = wiring.move([input], places, { ...report, op: 'Gather' });
    return { wires: round(gathered, { ...report, requantized: places.length }), places };
  };
  const parts = roundings.flatMap((rounding, channel) =>
    rounding.kind === 'steps' ? [part([channel], (wires, row) => wiring.steps(wires, rounding.steps, row))] : [],
  );
  if (formed.length > 0) {
    const channels = formed.map(({ channel }) => channel);
    const forms = formed.map(({ form }) => form);
    parts.push(part(channels, (wires, row) => addConv(wiring, [wires], pointwise(channels.length, size), forms, row)));
  }
  return wiring.scatter(parts, report);
}

/** A MaxPool that stands alone: every channel of every sample is pooled by itself. */
export function addMaxPool(wiring: Wiring, node: MaxPoolNode): void {
  const input = wiring.value(node.inputs[0]!);
  const result = wiring.value(node.outputs[0]!);
  const planes = input.shape[0]! * input.shape[1]!;
  const gather = windowGather([1, planes, ...input.shape.slice(2)], node.window);
  const report = { name: node.name, op: 'MaxPool', shape: result.shape };
  wiring.set(result.name, addPool(wiring, wiring.of(input.name), gather, channelBits(input, planes), report));
}

function addPool(wiring: Wiring, input: Wires, gather: Gather, bits: readonly number[], report: PartialReport): Wires {
  const outputSize = gather.channels * gather.sources.length;
  return wiring.push({ kind: 'maxpool', gather, bits, inputs: [input], outputSize }, report, poolCost(gather, bits));
}

function describe(node: ConvNode | MatMulNode, input: Value): Linear {
  const zeroPoint = input.quantization!.zeroPoint;
  const outChannels = node.bias.length;
  const weights = node.kind === 'conv' ? rowsOf(node.weights, outChannels) : columnsOf(node.weights, outChannels);
  const constants = weights.map((row, n) => node.bias[n]! - zeroPoint * row.reduce((a, b) => a + b, 0));
  const gather =
    node.kind === 'conv'
      ? windowGather(input.shape, node.window)
      : pointGather(input.shape.at(-1)!, elementCount(input.shape.slice(0, -1)));
  return { gather, outChannels, group: node.kind === 'conv' ? node.group : 1, zeroPoint, weights, constants };
}

/** y = x, one channel each: what an elementwise requantization combines. */
export function elementwise(value: Value, channels: number): Linear {
  return pointwise(channels, elementCount(value.shape) / channels);
}

function pointwise(channels: number, size: number): Linear {
  return {
    gather: pointGather(channels, size),
    outChannels: channels,
    group: channels,
    zeroPoint: 0,
    weights: Array.from({ length: channels }, () => [1]),
    constants: Array<number>(channels).fill(0),
  };
}

function channelCount(accumulator: Value): number {
  return accumulator.channelAxis === undefined ? 1 : accumulator.shape[accumulator.channelAxis]!;
}

/** One rounding per channel of the accumulator, whatever the number of multipliers. */
function spread(forms: readonly ChannelForm[], accumulator: Value): Rounding[] {
  const channels = channelCount(accumulator);
  if (forms.length === 1 && channels > 1) return Array<Rounding>(channels).fill(forms[0]!.rounding);
  return forms.map(({ rounding }) => rounding);
}

function rowsOf(weights: Int32Array, rows: number): Int32Array[] {
  const length = weights.length / rows;
  return Array.from({ length: rows }, (_, n) => weights.slice(n * length, (n + 1) * length));
}

function columnsOf(weights: Int32Array, columns: number): Int32Array[] {
  const rows = weights.length / columns;
  return Array.from({ length: columns }, (_, n) =>
    Int32Array.from({ length: rows }, (_, k) => weights[k * columns + n]!),
  );
}

function rangeOf(value: Value, channel: number): IntRange {
  return value.ranges!.length === 1 ? value.ranges![0]! : value.ranges![channel]!;
}

/** Per channel: bits of the difference of two elements. */
function channelBits(value: Value, channels: number): number[] {
  return Array.from({ length: channels }, (_, channel) => differenceBits(rangeOf(value, channel)));
}

/** Bits of the difference of two integers of a range. */
export function differenceBits({ min, max }: IntRange): number {
  return Math.max(1, bitLength(max - min));
}

function poolCost(gather: Gather, bits: readonly number[]): number {
  const comparisons = insideTaps(gather) - gather.sources.length;
  return comparisons * bits.reduce((sum, n) => sum + maxCost(n), 0);
}

/** Compares requantize-then-pool with pool-then-requantize; the latter needs each accumulator as a signal. */
function poolingFirstIsCheaper(
  forms: readonly RequantizeForm[],
  accumulator: Value,
  requantized: Value,
  gather: Gather,
  linear: Linear | undefined,
): boolean {
  if (forms.length === 0) return false;
  const perElement = (terms: number): number => forms.reduce((sum, form) => sum + outputCost(form, terms), 0);
  const later =
    perElement(linear ? linear.weights[0]!.length : 1) * gather.inputSize +
    poolCost(gather, channelBits(requantized, forms.length));
  const first =
    (linear ? forms.length * gather.inputSize : 0) +
    poolCost(gather, channelBits(accumulator, forms.length)) +
    perElement(1) * gather.sources.length;
  return first < later;
}
