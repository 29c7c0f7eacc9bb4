/** Output tensors for people and for programs. */
import type { OutputTensor } from '../index.js';

/** Elements shown of a tensor. */
const SHOWN = 16;

/** Name, dtype, shape; integers; real numbers where the model gives them; the position of the maximum, in each sample of a batch. */
export function tensorText({ name, dtype, shape, integers, real }: OutputTensor): string {
  const lines = [`${name}: ${dtype} [${shape.join(', ')}]`, `  integers  ${numbers([...integers], String)}`];
  if (real !== undefined) lines.push(`  real      ${numbers([...real], (value) => value.toPrecision(4))}`);
  const samples = shape.length > 1 ? shape[0]! : 1;
  const size = integers.length / samples;
  if (size > 1) {
    const places = Array.from({ length: samples }, (_, i) => argMax(integers.subarray(i * size, (i + 1) * size)));
    lines.push(`  maximum   at ${numbers(places, String)}`);
  }
  return lines.join('\n');
}

/** A tensor as JSON documents have it. */
export function tensorDocument({ name, dtype, shape, scale, zeroPoint, edge, integers, real }: OutputTensor): object {
  return {
    name,
    dtype,
    shape,
    scale,
    zeroPoint,
    edge,
    integers: [...integers],
    ...(real === undefined ? {} : { real: [...real] }),
  };
}

/** Index of the first greatest element. */
export function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function numbers(values: readonly number[], format: (value: number) => string): string {
  const shown = values.slice(0, SHOWN).map(format).join(' ');
  return values.length > SHOWN ? `${shown} ... (${values.length} in all)` : shown;
}
