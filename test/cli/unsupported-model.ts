import { ModelBuilder } from '../support/model-builder.js';

/** A quantized model with two operators that cannot be proven. */
export function unsupportedModel(): Uint8Array {
  const builder = new ModelBuilder();
  const parameters = { scale: 0.5, zeroPoint: 0, dtype: 'uint8' } as const;
  const x = builder.dequantize(builder.quantize(builder.input('x', 'float32', [1, 4]), parameters), parameters);
  const einsum = builder.node('Einsum', [x], {}, { name: 'activation' });
  const loop = builder.node('Loop', [einsum], {}, { name: 'again' });
  builder.output(builder.quantize(loop, parameters), 'uint8', [1, 4]);
  return builder.encode();
}
