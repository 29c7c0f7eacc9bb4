/** Quantization of means. */
import { dtypeRange, elementCount } from '../../ir/types.js';
import type { MeanSource } from './facts.js';
import { addClamp, addRequantize } from './request.js';
import type { Request } from './request.js';
import { refuse } from './state.js';
import type { LoweringState } from './state.js';

/** Float values are rounded to multiples of a power of two at most this much below the greatest. */
const LEAST_UNIT = 2 ** -38;

/** Smallest normal float32. */
const LEAST_MULTIPLIER = 2 ** -126;

/** Quantizes means, by the formula of ONNX Runtime's integer operator where there is one. */
export function quantizeMeans(state: LoweringState, source: MeanSource, request: Request): string {
  const { op, plain } = source;
  const { target } = request;
  const fused = plain && request.direct && state.builder.dtype(source.value) === target.dtype;
  if (fused && op === 'GlobalAveragePool') return quantizeGlobalMeans(state, source, request);
  if (fused && op === 'AveragePool' && source.overhang)
    refuse(
      request.node,
      `with ceil_mode and count_include_pad, ONNX and ONNX Runtime divide windows of ${request.of} by different numbers`,
      'export it without ceil_mode or without count_include_pad',
    );
  const sum = fused && op === 'AveragePool' ? 'sequential' : 'exact';
  const { sources, counts, shape } = source;
  const output = state.builder.addValue(request.name, target.dtype, shape, { quantization: target.quantization });
  if (source.floats.some((float) => !Number.isFinite(float)))
    refuse(request.node, `${request.of} takes the mean of a function that is not finite everywhere`);
  state.builder.nodes.push({
    kind: 'average',
    name: request.of,
    inputs: [state.builder.withQuantization(source.value, source.origin, request.of)],
    outputs: [output],
    floats: termsOf(state, source, sum),
    sources,
    counts,
    sum,
    label: op,
  });
  return addClamp(state, output, request);
}

/** What is summed: for exact sums of dequantized integers the products with the scale as they are, so that the sum is that of the integers. */
function termsOf(state: LoweringState, source: MeanSource, sum: 'exact' | 'sequential'): Float64Array {
  if (sum === 'sequential') return Float64Array.from(source.floats);
  if (!source.plain) return onGrid(source.floats, source.sources.length / source.counts.length);
  const { scale, zeroPoint } = source.origin;
  const { min } = dtypeRange(state.builder.dtype(source.value));
  return Float64Array.from({ length: 256 }, (_, i) => (i + min - zeroPoint) * scale);
}

/** Rounds floats to multiples of a power of two such that sums of `taps` of them are exact in float64. */
function onGrid(floats: Float32Array, taps: number): Float64Array {
  const greatest = floats.reduce((max, float) => Math.max(max, Math.abs(float)), 0);
  if (greatest === 0) return Float64Array.from(floats);
  const finest = 2 ** Math.ceil(Math.log2(greatest)) * Math.max(LEAST_UNIT, 2 ** (Math.ceil(Math.log2(taps)) - 52));
  return Float64Array.from(floats, (float) => Math.round(float / finest) * finest);
}

/** QLinearGlobalAveragePool: an integer sum, times f32(s_x / f32(s_y * n)). */
function quantizeGlobalMeans(state: LoweringState, source: MeanSource, request: Request): string {
  const { builder } = state;
  const quantization = source.origin;
  const input = builder.withQuantization(source.value, quantization, request.of);
  const { shape } = builder.value(input);
  const [channels, kernel] = [shape[1]!, shape.slice(2)];
  const taps = elementCount(kernel);
  const axes = (fill: number): number[] => kernel.map(() => fill);
  const accumulator = builder.addValue(`${request.name}.accumulator`, 'int32', source.shape, { channelAxis: 1 });
  builder.nodes.push({
    kind: 'conv',
    name: request.of,
    inputs: [input],
    outputs: [accumulator],
    window: { kernel, strides: axes(1), dilations: axes(1), padsBegin: axes(0), padsEnd: axes(0) },
    group: channels,
    weights: new Int32Array(channels * taps).fill(1),
    bias: new Int32Array(channels),
  });
  const multiplier = Math.fround(
    quantization.scale / Math.fround(request.target.quantization.scale * Math.fround(taps)),
  );
  if (!(multiplier >= LEAST_MULTIPLIER) || !Number.isFinite(multiplier))
    refuse(request.node, `the multiplier of ${request.of} is not a normal float32`, 'check the scales of the model');
  return addRequantize(state, accumulator, { multipliers: Float32Array.of(multiplier) }, request);
}
