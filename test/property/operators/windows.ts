/** Random windows of Conv and pools. */
import type { Shape } from '../../../src/ir/types.js';
import type { AttributeValue } from '../../support/model-builder.js';
import type { Random } from '../../support/random.js';
import type { Attributes } from '../context.js';

export interface RandomWindow {
  readonly kernel: readonly number[];
  readonly attributes: Attributes;
  /** Sizes of the result's spatial axes. */
  readonly spatial: readonly number[];
}

/** A window over some spatial axes; undefined where it does not fit. */
export function randomWindow(random: Random, sizes: Shape, options: { pool: boolean }): RandomWindow | undefined {
  const kernel = sizes.map((size) => random.integer(1, Math.min(3, size + 1)));
  const strides = sizes.map(() => random.pick([1, 1, 2, 3]));
  const attributes: Record<string, AttributeValue> = {};
  if (options.pool) attributes['kernel_shape'] = kernel;
  if (random.next() < 0.7) attributes['strides'] = strides;
  else strides.fill(1);
  const auto = random.next() < 0.25 ? random.pick(['SAME_UPPER', 'SAME_LOWER', 'VALID']) : undefined;
  if (auto) {
    attributes['auto_pad'] = auto;
    const spatial = sizes.map((size, i) =>
      auto === 'VALID' ? Math.floor((size - kernel[i]!) / strides[i]!) + 1 : Math.ceil(size / strides[i]!),
    );
    // Strides beyond the kernel would need negative pads, of which ONNX says nothing.
    const covers = sizes.every((size, i) => auto === 'VALID' || (spatial[i]! - 1) * strides[i]! + kernel[i]! >= size);
    return covers && spatial.every((size) => size >= 1) ? { kernel, attributes, spatial } : undefined;
  }
  // Pads and dilations together could make a pool's window of nothing but padding.
  const dilated = random.next() < 0.3;
  const dilations = sizes.map(() => (dilated ? random.integer(1, 2) : 1));
  const isPadded = random.next() < 0.5 && !(options.pool && dilated);
  const pads = [...kernel, ...kernel].map((extent) => (isPadded ? random.integer(0, Math.min(2, extent - 1)) : 0));
  if (dilated) attributes['dilations'] = dilations;
  if (isPadded) attributes['pads'] = pads;
  const ceil = options.pool && random.next() < 0.3;
  if (ceil) attributes['ceil_mode'] = 1;
  const rank = sizes.length;
  const spatial = sizes.map((size, i) => {
    const padded = size + pads[i]! + pads[rank + i]!;
    const steps = (padded - (kernel[i]! - 1) * dilations[i]! - 1) / strides[i]!;
    if (steps < 0) return 0;
    const count = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // A last window in the padding at the end is left out, which the shape inference of older operator sets does not know.
    return ceil && (count - 1) * strides[i]! >= size + pads[i]! ? 0 : count;
  });
  return spatial.every((size) => size >= 1) ? { kernel, attributes, spatial } : undefined;
}
