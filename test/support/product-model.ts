import type { Manifest, TensorSpec, Visibility } from '../../src/artifacts/types.js';
import { ZERO_CONTEXT } from '../../src/statement/challenge.js';
import { buildStatement } from '../../src/statement/statement.js';
import type { WitnessInputs } from '../../src/prover/witness.js';

function tensor(name: string, shape: number[]): TensorSpec {
  return { name, dtype: 'uint8', shape, scale: 1, zeroPoint: 0, edge: 'integer' };
}

/** What a manifest says of the model in circuits/product.circom. */
export function productManifest(input: Visibility = 'public'): Pick<Manifest, 'modelId' | 'statement'> {
  return {
    modelId: `0x${'5a'.repeat(32)}`,
    statement: { input, output: 'public', inputs: [tensor('x', [2])], outputs: [tensor('y', [1])] },
  };
}

/** The model: y = floor(x0 * x1 / 256). */
export function product(x0: number, x1: number): number {
  return Math.floor((x0 * x1) / 256);
}

/** Witness inputs of PublicProduct for two elements. */
export async function productInputs(x0: number, x1: number, context = ZERO_CONTEXT): Promise<WitnessInputs> {
  const { modelId, statement: layout } = productManifest();
  const values = { input: [x0, x1], output: [product(x0, x1)] };
  const { C, r, s } = await buildStatement({ layout, modelId, context, values });
  return { C, r, s, x: [x0, x1] };
}
