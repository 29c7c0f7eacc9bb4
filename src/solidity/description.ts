/** What contracts tell about a model beside its key, as bytes (docs: verifiers, section "Key data"). */

import type { Hex, StatementLayout, TensorSpec } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { hex32ToBytes } from '../hash/bytes.js';
import { toBytesBE } from '../hash/field.js';
import { scaleOf, zeroPointOf } from './tensor-facts.js';

export interface DescriptionSource {
  readonly layout: StatementLayout;
  /** Zero where the weights are committed. */
  readonly onnxSha256: Hex;
  /** Empty where there is none. */
  readonly cid: string;
}

const FLAG_INT8 = 1;
const FLAG_FLOAT = 2;

/**
 * SHA-256 of the ONNX file, CID, then the tensors.
 * @throws MODEL_UNSUPPORTED for more than 255 tensors a part or dimensions a tensor, and for names above 65,535 bytes; ARTIFACT_FORMAT for
 * scales that are no float32 and zero points out of range.
 */
export function descriptionBytes({ layout, onnxSha256, cid }: DescriptionSource): Uint8Array {
  const cidBytes = Buffer.from(cid, 'ascii');
  return Uint8Array.from(
    Buffer.concat([
      hex32ToBytes(onnxSha256, 'the sha256 of the model'),
      number(cidBytes.length, 1, 'CID characters'),
      cidBytes,
      number(layout.inputs.length, 1, 'input tensors'),
      number(layout.outputs.length, 1, 'output tensors'),
      ...[...layout.inputs, ...layout.outputs].flatMap(tensorParts),
    ]),
  );
}

function tensorParts(tensor: TensorSpec): Uint8Array[] {
  const { mantissa, exponent } = scaleOf(tensor);
  const name = Buffer.from(tensor.name, 'utf8');
  const flags = (tensor.dtype === 'int8' ? FLAG_INT8 : 0) | (tensor.edge === 'float' ? FLAG_FLOAT : 0);
  return [
    Uint8Array.of(flags, zeroPointOf(tensor) & 0xff),
    number(mantissa, 3, 'scale'),
    number(exponent & 0xffff, 2, 'exponent'),
    number(tensor.shape.length, 1, 'dimensions'),
    ...tensor.shape.map((dimension) => number(dimension, 4, 'elements')),
    number(name.length, 2, 'bytes of a tensor name'),
    name,
  ];
}

function number(value: number, bytes: number, what: string): Uint8Array {
  if (value >= 2 ** (8 * bytes))
    throw new ZkinferError('MODEL_UNSUPPORTED', `too many ${what} for a contract: ${value}`);
  return toBytesBE(BigInt(value)).subarray(32 - bytes);
}
