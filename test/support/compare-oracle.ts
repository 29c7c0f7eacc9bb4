/** Random quantized models, and their comparison with ONNX Runtime in exact mode. */
import { importModel } from '../../src/onnx/import.js';
import type { QuantizationParameters } from './model-builder.js';
import type { Oracle } from './onnxruntime.js';
import type { Random } from './random.js';
import { lower, runGraph } from './run-model.js';

export type Bits = 'int8' | 'uint8';
export const BOUNDS: Readonly<Record<Bits, readonly [min: number, max: number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
};

/** Random quantization of an activation. */
export function randomParameters(
  random: Random,
  dtype: Bits,
): QuantizationParameters & { scale: number; zeroPoint: number; dtype: Bits } {
  const [min, max] = BOUNDS[dtype];
  return { dtype, scale: random.scale(0.002, 0.2), zeroPoint: random.integer(min, max) };
}

/** Runs a model on random inputs, in both, and compares every element of every output. */
export async function compareWithOracle(oracle: Oracle, model: Uint8Array, random: Random, runs = 3): Promise<void> {
  const imported = importModel(model);
  const seen = new Set<number>();
  for (let run = 0; run < runs; run++) {
    const inputs: Record<string, number[]> = {};
    for (const edge of imported.inputs) {
      const type = imported.values.get(edge.value)!.dtype as 'float32' | Bits;
      const count = edge.shape.reduce((a, b) => a * b, 1);
      inputs[edge.name] =
        type === 'float32'
          ? Array.from({ length: count }, () => Math.fround((random.next() - 0.5) * 20))
          : random.integers(count, ...BOUNDS[type]);
    }
    for (const element of await compareOnInputs(oracle, model, inputs)) seen.add(element);
  }
  // A model whose results are all saturated would show nothing.
  expect(seen.size).toBeGreaterThanOrEqual(8);
}

/** Runs a model on given inputs, in both, and compares every element of every output. Returns the values that occur in outputs. */
export async function compareOnInputs(
  oracle: Oracle,
  model: Uint8Array,
  inputs: Readonly<Record<string, readonly number[]>>,
): Promise<Set<number>> {
  const imported = importModel(model);
  const graph = lower(model);
  const feeds = Object.fromEntries(
    imported.inputs.map((edge) => {
      const type = imported.values.get(edge.value)!.dtype as 'float32' | Bits;
      return [edge.name, { type, data: inputs[edge.name]!, shape: edge.shape }];
    }),
  );
  const expected = await oracle.run(model, feeds);
  const actual = runGraph(graph, inputs);
  for (const edge of graph.outputs) {
    expect(edge.shape).toEqual(expected[edge.name]!.shape);
    const wanted = expected[edge.name]!.data;
    const wrong = actual[edge.name]!.map((found, index) => ({ index, found, wanted: wanted[index] }));
    expect(wrong.filter(({ found, wanted }) => !Object.is(found + 0, wanted! + 0)).slice(0, 9)).toEqual([]);
  }
  return new Set(graph.outputs.flatMap((edge) => actual[edge.name]!));
}

/** All integers of a dtype, ascending. */
export function allIntegers(dtype: Bits): number[] {
  return Array.from({ length: 256 }, (_, i) => i + BOUNDS[dtype][0]);
}

/** Flat inputs a and b that together hold all pairs of two dtypes. */
export function allPairs(a: Bits, b: Bits): { a: number[]; b: number[] } {
  const [first, second] = [allIntegers(a), allIntegers(b)];
  return { a: first.flatMap((x) => second.map(() => x)), b: first.flatMap(() => second) };
}

/** Random quantization of weights whose output channels run along `axis`. */
export function weightParameters(
  random: Random,
  dtype: Bits,
  channels: number,
  perChannel: boolean,
  axis: number,
): QuantizationParameters {
  const [min, max] = BOUNDS[dtype];
  if (!perChannel) return { dtype, scale: random.scale(0.001, 0.05), zeroPoint: random.integer(min, max) };
  const scale = Array.from({ length: channels }, () => random.scale(0.001, 0.05));
  return { dtype, scale, zeroPoint: scale.map(() => (dtype === 'uint8' ? 128 : 0)), axis };
}

/** Quantization for sums of `taps` random products: most of them fall inside the dtype's range. */
export function outputParameters(
  random: Random,
  dtype: Bits,
  inputScale: number,
  weights: QuantizationParameters,
  taps: number,
): QuantizationParameters & { scale: number } {
  const weightScale = typeof weights.scale === 'number' ? weights.scale : Math.max(...weights.scale);
  const [min, max] = BOUNDS[dtype];
  const scale = Math.fround(inputScale * weightScale * Math.sqrt(taps) * random.scale(100, 300));
  return { dtype, scale, zeroPoint: random.integer(min + 64, max - 64) };
}

/** The int32 quantization that goes with an input scale and weights. */
export function biasParameters(scale: number, weights: QuantizationParameters): QuantizationParameters {
  const product = (w: number): number => Math.fround(scale * w);
  if (typeof weights.scale === 'number') return { dtype: 'int32', scale: product(weights.scale), zeroPoint: 0 };
  return { dtype: 'int32', scale: weights.scale.map(product), zeroPoint: 0, axis: 0 };
}

/** Activation dtype, weight dtype, per channel. */
export const FORMATS = [
  ['int8', 'int8', true],
  ['uint8', 'uint8', false],
  ['uint8', 'int8', true],
  ['uint8', 'int8', false],
] as const;
