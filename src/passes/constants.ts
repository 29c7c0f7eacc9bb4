/** Moves of constant tensors. */
import type { Shape, Tensor } from '../ir/types.js';

/** Transpose of a constant: output axis i is input axis perm[i]. */
export function transposeConstant(tensor: Tensor, perm: readonly number[]): Tensor {
  const strides = rowMajorStrides(tensor.shape);
  const shape = perm.map((axis) => tensor.shape[axis]!);
  const outputStrides = rowMajorStrides(shape);
  const data = tensor.data.slice();
  for (let i = 0; i < data.length; i++) {
    let source = 0;
    let rest = i;
    for (const [axis, stride] of outputStrides.entries()) {
      source += Math.floor(rest / stride) * strides[perm[axis]!]!;
      rest %= stride;
    }
    data[i] = tensor.data[source]!;
  }
  return { ...tensor, shape, data };
}

function rowMajorStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}
