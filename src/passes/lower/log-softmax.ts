/** Lowering of LogSoftmax between quantized tensors: the tables and constants of its integer meaning (docs: exactness). */
import { FRACTION_BITS, PIECE_BITS, greatestSteps } from '../../ir/log-softmax.js';
import { dtypeRange } from '../../ir/types.js';
import type { LogSoftmaxNode, OnnxNode } from '../../ir/types.js';
import { softmaxGroups } from './softmax-groups.js';
import { refuse } from './state.js';
import type { LoweringState } from './state.js';
import type { Target } from './tables.js';

/** Below it, 255 steps are less than the logarithm of 2 that some result of every group is below zero. */
const LEAST_SCALE = 2 ** -12;
/** Bits of the greatest exponential: a float64 holds it and its neighbours. */
const MOST_SUM_BITS = 52;
/** More steps than a dtype has. */
const BEYOND = 257;
/** Error of the polynomials, in steps of the output. */
const POLYNOMIAL_ERROR = 2 ** -26;

export function addLogSoftmax(
  state: LoweringState,
  node: OnnxNode,
  input: { readonly value: string; readonly scale: number },
  { quantization, dtype }: Target,
  outputName: string,
): string {
  const { builder } = state;
  const { shape } = builder.value(input.value);
  const groups = softmaxGroups(shape, Number(node.attributes['axis']), node.attributes['coerced'] === 1);
  const { scale, zeroPoint } = quantization;
  if (scale < LEAST_SCALE) {
    const hint = 'quantize the model again, with results calibrated for LogSoftmax';
    refuse(node, `its output scale ${scale} is too small for a logarithm of 2 within 255 steps`, hint);
  }
  const numbers = logSoftmaxNumbers(input.scale, scale, groups.size);
  if (numbers.sumBits > MOST_SUM_BITS) {
    const hint = 'quantize its output with a greater scale';
    refuse(node, `its output scale ${scale} is too small for sums of ${groups.size} exponentials`, hint);
  }
  const output = { name: node.name, inputs: [input.value] };
  const made = { kind: 'logsoftmax', ...numbers, ...groups, ...output } as const;
  // A group of one element, or a scale or zero point that leaves one value only.
  if (groups.size === 1 || zeroPoint === dtypeRange(dtype).min || greatestSteps({ ...made, outputs: [] }) === 0) {
    const table = new Int32Array(256).fill(zeroPoint);
    return state.addTable(input.value, table, quantization, dtype, node.op, node.name, outputName);
  }
  const outputs = [builder.addValue(outputName, dtype, shape, { quantization })];
  builder.nodes.push({ ...made, outputs });
  return outputs[0]!;
}

/**
 * Tables and constants whose results are at most 2^-25 steps of the output beside those of real numbers.
 * @param input, output scales
 * @param size          elements of one group
 */
export function logSoftmaxNumbers(
  input: number,
  output: number,
  size: number,
): Pick<LogSoftmaxNode, 'exponentials' | 'sumBits' | 'coefficients' | 'tailBits' | 'doubling' | 'slope'> {
  const unit = output / 2 ** FRACTION_BITS;
  const precision = Math.ceil(-Math.log2(Math.min(output, 1)));
  const sumBits = 27 + Math.ceil(Math.log2(size)) + precision;
  return {
    exponentials: Float64Array.from({ length: 256 }, (_, d) => Math.round(2 ** sumBits * Math.exp(-d * input))),
    sumBits,
    coefficients: logarithmPolynomials(degreeFor(output), unit),
    tailBits: 20 + precision,
    doubling: Math.round(Math.LN2 / unit),
    slope: Math.round(Math.min(input / unit, BEYOND * 2 ** FRACTION_BITS)),
  };
}

/** The least degree whose interpolation at Chebyshev nodes is near enough to logarithms: 2^(-9 (n + 1)) / ((n + 1) 2^n). */
function degreeFor(output: number): number {
  let degree = 1;
  const error = (n: number): number => 2 ** (-(PIECE_BITS + 1) * (n + 1)) / ((n + 1) * 2 ** n);
  while (error(degree) > POLYNOMIAL_ERROR * output) degree++;
  return degree;
}

/** ln(1 + (p + t) / 256) / unit for each p as a polynomial of t in [0, 1): rounded coefficients, by power and then by p. */
function logarithmPolynomials(degree: number, unit: number): Float64Array[] {
  const pieces = 2 ** PIECE_BITS;
  const rows = Array.from({ length: degree + 1 }, () => new Float64Array(pieces));
  for (let p = 0; p < pieces; p++) {
    const start = 1 + p / pieces;
    const polynomial = interpolate(degree, (t) => Math.log1p(t / pieces / start));
    polynomial[0]! += Math.log(start);
    // Adding 0 keeps a negative zero out of the tables.
    polynomial.forEach((coefficient, power) => (rows[power]![p] = Math.round(coefficient / unit) + 0));
  }
  return rows;
}

/** Coefficients, by power, of the polynomial that equals f at the Chebyshev nodes of [0, 1]: Newton's divided differences, expanded. */
function interpolate(degree: number, f: (t: number) => number): number[] {
  const nodes = Array.from(
    { length: degree + 1 },
    (_, i) => (1 + Math.cos(((2 * i + 1) * Math.PI) / (2 * degree + 2))) / 2,
  );
  const differences = nodes.map(f);
  for (let order = 1; order <= degree; order++) {
    for (let i = degree; i >= order; i--)
      differences[i] = (differences[i]! - differences[i - 1]!) / (nodes[i]! - nodes[i - order]!);
  }
  let polynomial: number[] = [];
  for (let i = degree; i >= 0; i--) {
    const shifted = [0, ...polynomial];
    polynomial = shifted.map((c, power) => c - nodes[i]! * (polynomial[power] ?? 0));
    polynomial[0]! += differences[i]!;
  }
  return polynomial;
}
