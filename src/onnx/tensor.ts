/** TensorProto -> Tensor (onnx.proto: message TensorProto). */
import type { onnx } from 'onnx-proto';
import { ZkinferError } from '../errors.js';
import type { DType, Tensor } from '../ir/types.js';
import type { UnreadableTensor } from './model.js';
import { explainType } from './refusals.js';

/** ONNX names of TensorProto.DataType by number. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'float32', 2: 'uint8', 3: 'int8', 4: 'uint16', 5: 'int16', 6: 'int32', 7: 'int64', 8: 'string', 9: 'bool', 10: 'float16',
  11: 'float64', 12: 'uint32', 13: 'uint64', 14: 'complex64', 15: 'complex128', 16: 'bfloat16', 17: 'float8e4m3fn',
  18: 'float8e4m3fnuz', 19: 'float8e5m2', 20: 'float8e5m2fnuz', 21: 'uint4', 22: 'int4', 23: 'float4e2m1', 24: 'float8e8m0',
  25: 'uint2', 26: 'int2',
}; // prettier-ignore

const DTYPES: ReadonlySet<string> = new Set<DType>(['float32', 'int8', 'uint8', 'int32', 'int64', 'bool']);
const BYTES: Readonly<Record<DType, number>> = { float32: 4, int8: 1, uint8: 1, int32: 4, int64: 8, bool: 1 };

/** More elements than any circuit can hold; keeps hostile dimensions from allocating memory. */
export const MAX_ELEMENTS = 2 ** 28;

/** ONNX's name of an element type. */
export function typeName(dataType: number): string {
  return TYPE_NAMES[dataType] ?? `type ${dataType}`;
}

/** The dtype, or undefined where zkinfer does not have the type. */
export function toDType(dataType: number): DType | undefined {
  const name = typeName(dataType);
  return DTYPES.has(name) ? (name as DType) : undefined;
}

/** Converts a protobuf integer (number or Long); MODEL_FORMAT where it is not a safe integer. */
export function toInteger(value: unknown, what: string): number {
  const number = Number(String(value));
  if (!Number.isSafeInteger(number)) throw formatError(`${what} is out of range`);
  return number;
}

export function formatError(message: string, tensor?: string): ZkinferError {
  return new ZkinferError('MODEL_FORMAT', message, {
    hint: 'the file is damaged or not an ONNX model; export it again',
    ...(tensor === undefined ? {} : { location: { tensor } }),
  });
}

/** Reads a tensor; MODEL_FORMAT where dimensions and data disagree. */
export function decodeTensor(proto: onnx.ITensorProto): Tensor | UnreadableTensor {
  const name = proto.name ?? '';
  const shape = (proto.dims ?? []).map((dim) => toInteger(dim, `a dimension of tensor ${name}`));
  if (shape.some((dim) => dim < 0)) throw formatError(`tensor ${name} has a negative dimension`, name);
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (count > MAX_ELEMENTS) throw formatError(`tensor ${name} has more than ${MAX_ELEMENTS} elements`, name);
  if ((proto.dataLocation ?? 0) !== 0 || (proto.externalData ?? []).length > 0) {
    return {
      unreadable: 'its data is stored outside the model file',
      hint: 'save the model with its data in one file',
    };
  }
  const dtype = toDType(proto.dataType ?? 0);
  if (!dtype) {
    const type = typeName(proto.dataType ?? 0);
    return { unreadable: `its element type is ${type}`, hint: explainType(type) };
  }
  if (proto.segment) throw formatError(`tensor ${name} is segmented`, name);
  const raw = proto.rawData;
  const data = raw && raw.length > 0 ? fromRaw(dtype, raw, count, name) : fromFields(dtype, proto);
  if (data.length !== count) throw formatError(`tensor ${name} has ${data.length} elements instead of ${count}`, name);
  return { dtype, shape, data };
}

/** raw_data is little-endian whatever the machine. */
function fromRaw(dtype: DType, raw: Uint8Array, count: number, name: string): Tensor['data'] {
  if (raw.length !== count * BYTES[dtype]) {
    throw formatError(`tensor ${name} has ${raw.length} bytes instead of ${count * BYTES[dtype]}`, name);
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  switch (dtype) {
    case 'float32':
      return Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
    case 'int32':
      return Int32Array.from({ length: count }, (_, i) => view.getInt32(4 * i, true));
    case 'int64':
      return BigInt64Array.from({ length: count }, (_, i) => view.getBigInt64(8 * i, true));
    case 'int8':
      return Int8Array.from({ length: count }, (_, i) => view.getInt8(i));
    case 'uint8':
    case 'bool':
      return Uint8Array.from(raw);
  }
}

function fromFields(dtype: DType, proto: onnx.ITensorProto): Tensor['data'] {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(proto.floatData ?? []);
    case 'int64':
      return BigInt64Array.from((proto.int64Data ?? []) as readonly unknown[], (value) => BigInt(String(value)));
    case 'int32':
      return Int32Array.from(proto.int32Data ?? []);
    case 'int8':
      return Int8Array.from(bounded(proto, -128, 127));
    case 'uint8':
      return Uint8Array.from(bounded(proto, 0, 255));
    case 'bool':
      return Uint8Array.from(bounded(proto, 0, 1));
  }
}

function bounded(proto: onnx.ITensorProto, min: number, max: number): readonly number[] {
  const data = proto.int32Data ?? [];
  if (data.some((value) => value < min || value > max)) {
    throw formatError(`tensor ${proto.name ?? ''} has an element out of the range of its type`, proto.name ?? '');
  }
  return data;
}
