/** Moves of constant tensors. */
import { transposeSources } from '../ir/moves.js';
import type { Tensor } from '../ir/types.js';

/** Transpose of a constant: output axis i is input axis perm[i]. */
export function transposeConstant(tensor: Tensor, perm: readonly number[]): Tensor {
  const shape = perm.map((axis) => tensor.shape[axis]!);
  const data = tensor.data.slice();
  for (const [i, source] of transposeSources(tensor.shape, perm).entries()) data[i] = tensor.data[source]!;
  return { ...tensor, shape, data };
}
