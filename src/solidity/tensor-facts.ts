/** Scales and zero points as contracts take them. */

import type { TensorSpec } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { dtypeRange } from '../ir/types.js';
import { exactFloat32, type BinaryFraction } from './float32.js';

/** @throws ARTIFACT_FORMAT when the scale is no positive float32. */
export function scaleOf(tensor: TensorSpec): BinaryFraction {
  return exactFloat32(tensor.scale);
}

/** @throws ARTIFACT_FORMAT when the zero point is no element of the tensor's dtype. */
export function zeroPointOf(tensor: TensorSpec): number {
  const { min, max } = dtypeRange(tensor.dtype);
  if (!Number.isInteger(tensor.zeroPoint) || tensor.zeroPoint < min || tensor.zeroPoint > max) {
    throw new ZkinferError('ARTIFACT_FORMAT', 'a zero point is out of the range of its dtype', {
      location: { tensor: tensor.name },
    });
  }
  return tensor.zeroPoint;
}
