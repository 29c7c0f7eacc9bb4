import type { Architecture, ProductStep } from '../../artifacts/architecture.js';
import type { CommittedNumbers } from '../../artifacts/weights-file.js';
import { ZkinferError } from '../../errors.js';
import { windowGather } from '../gather.js';
import type { Gather } from '../gather.js';
import { committedLayout, productGeometry } from './geometry.js';

/**
 * What the circuit computes from an input and committed numbers, in plain integers.
 * @param input  elements of all input tensors, one after the other
 * @returns elements of all output tensors, one after the other
 * @throws CHECK_FAILED where a result is outside what the circuit covers: the numbers are of no model that fits
 */
export function evaluateCommitted(
  architecture: Architecture,
  numbers: CommittedNumbers,
  input: ArrayLike<number>,
): number[] {
  const tensors: number[][] = [];
  let from = 0;
  for (const size of architecture.inputs) tensors.push(Array.from(input).slice(from, (from += size)));
  const { offsets } = committedLayout(architecture.steps);
  for (const step of architecture.steps) {
    if (step.kind === 'move') {
      const all = step.inputs.flatMap((tensor) => tensors[tensor]!);
      tensors.push(step.sources.map((source) => (source < 0 ? step.fill : all[source]!)));
      continue;
    }
    const x = tensors[step.input]!;
    if (step.kind === 'maxpool') tensors.push(maxima(x, windowGather([1, ...step.shape], step.window), step.shape[0]!));
    else tensors.push(product(step, numbers, offsets.get(step)!, x));
  }
  return architecture.outputs.flatMap((tensor) => tensors[tensor]!);
}

function maxima(x: readonly number[], { inputSize, sources }: Gather, channels: number): number[] {
  return Array.from({ length: channels }, (_, c) =>
    sources.map((row) => row.reduce((most, s) => (s < 0 ? most : Math.max(most, x[c * inputSize + s]!)), -Infinity)),
  ).flat();
}

function product(
  step: ProductStep,
  { weights, numbers, exceptions }: CommittedNumbers,
  at: { weights: number; numbers: number; exceptions: number },
  x: readonly number[],
): number[] {
  const { gather, pool, groupIn, groupOut, weights: length } = productGeometry(step);
  const [inputZero, weightZero] = [Number(numbers[at.numbers]), Number(numbers[at.numbers + 1])];
  const taps = gather.sources[0]!.length;
  const accumulators = Array.from({ length: step.outChannels }, (_, m) =>
    gather.sources.map((row) => {
      let sum = 0;
      for (let c = 0; c < groupIn; c++) {
        const from = (Math.floor(m / groupOut) * groupIn + c) * gather.inputSize;
        for (let t = 0; t < taps; t++) {
          if (row[t]! < 0) continue;
          sum += (x[from + row[t]!]! - inputZero) * (weights[at.weights + m * length + c * taps + t]! - weightZero);
        }
      }
      return sum;
    }),
  ).flat();
  const pooled = pool ? maxima(accumulators, pool, step.outChannels) : accumulators;
  const size = pooled.length / step.outChannels;
  const { slots } = step.requantization;
  return pooled.map((acc, i) => {
    const m = Math.floor(i / size);
    const channel = at.numbers + 2 + 2 * m;
    const own = exceptions.slice(at.exceptions + m * slots, at.exceptions + (m + 1) * slots);
    return requantizeCommitted(step, acc, Number(numbers[channel]), Number(numbers[channel + 1]), own);
  });
}

/** One element of CommittedRequantize. */
function requantizeCommitted(
  step: ProductStep,
  acc: number,
  multiplier: number,
  offset: number,
  exceptions: readonly number[],
): number {
  const { divisorBits, base, window, excessBits } = step.requantization;
  const divisor = 2 ** divisorBits;
  const v = multiplier * acc + offset;
  const q = Math.floor(v / divisor) - base;
  if (Math.floor(q / window) < -(2 ** excessBits) || Math.floor(q / window) > 2 ** excessBits) {
    throw new ZkinferError('CHECK_FAILED', 'a result of the committed weights is beyond what the circuit covers');
  }
  const raise = 2 ** (productGeometry(step).accumulatorBits - 1);
  const r = v - (q + base) * divisor;
  const correction = exceptions.includes(acc + raise) ? (r >= divisor / 2 ? 1 : -1) : 0;
  return Math.min(Math.max(q, 0), window - 1) + base + correction;
}
