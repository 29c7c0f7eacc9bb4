/** NumPy's array file format, versions 1 to 3 (numpy.lib.format): magic, header dictionary, raw elements. */
import { ZkinferError } from '../errors.js';
import { elementCount } from '../ir/types.js';
import type { NumberSource, RawTensor } from './types.js';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

interface ElementType {
  readonly source: NumberSource;
  readonly bytes: number;
  readonly read: (view: DataView, offset: number, littleEndian: boolean) => number;
}

const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  b1: { source: 'integer', bytes: 1, read: (view, at) => view.getUint8(at) },
  i1: { source: 'int8', bytes: 1, read: (view, at) => view.getInt8(at) },
  u1: { source: 'uint8', bytes: 1, read: (view, at) => view.getUint8(at) },
  i2: { source: 'integer', bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  u2: { source: 'integer', bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  i4: { source: 'integer', bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  u4: { source: 'integer', bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  // Beyond 2^53 a double is not exact, but such numbers are far outside every 8-bit range and refused all the same.
  i8: { source: 'integer', bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  u8: { source: 'integer', bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  f4: { source: 'float', bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { source: 'float', bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
};

/** What the header of an array says. */
export interface NpyHeader {
  readonly type: ElementType;
  readonly littleEndian: boolean;
  /** Whether the elements lie column by column, in an array that has columns. */
  readonly isColumnMajor: boolean;
  readonly shape: readonly number[];
  /** Bytes before the first element, and in all. */
  readonly dataStart: number;
  readonly bytes: number;
}

/** Bytes that tell how long the header is. */
export const NPY_PREFIX = 12;

/**
 * @param where names the array in errors
 * @throws INPUT_FORMAT
 */
export function readNpy(bytes: Uint8Array, where: string): RawTensor {
  const header = readNpyHeader(bytes, where);
  if (bytes.length !== header.bytes) throw damagedNpy(where);
  const { shape } = header;
  const data = readElements(header, bytes.subarray(header.dataStart));
  return { source: header.type.source, shape, data: header.isColumnMajor ? fromColumnMajor(data, shape) : data };
}

/** Elements in the order of the file. @param bytes a whole number of them */
export function readElements({ type, littleEndian }: NpyHeader, bytes: Uint8Array): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new Float64Array(bytes.length / type.bytes);
  for (let i = 0; i < data.length; i++) data[i] = type.read(view, i * type.bytes, littleEndian);
  return data;
}

/**
 * @param bytes at least the header
 * @throws INPUT_FORMAT
 */
export function readNpyHeader(bytes: Uint8Array, where: string): NpyHeader {
  const dataStart = npyDataStart(bytes, where);
  if (dataStart > bytes.length) throw damagedNpy(where);
  const header = new TextDecoder().decode(bytes.subarray(0, dataStart));
  const descr = /'descr'\s*:\s*'([<>|=]?)([a-z]\d+)'/.exec(header);
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header);
  const dimensions = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header);
  if (!fortran || !dimensions) throw damagedNpy(where);
  const type = descr ? ELEMENT_TYPES[descr[2]!] : undefined;
  if (!descr || !type) {
    throw new ZkinferError('INPUT_FORMAT', `${where} has elements of a type that is not read`, {
      hint: 'store it as float32, float64, bool or an integer type of up to 64 bits',
    });
  }
  const shape = dimensions[1]!
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  return {
    type,
    littleEndian: descr[1] !== '>',
    isColumnMajor: fortran[1] === 'True' && shape.length > 1,
    shape,
    dataStart,
    bytes: dataStart + elementCount(shape) * type.bytes,
  };
}

/**
 * Bytes before the first element.
 * @param bytes the first NPY_PREFIX of a file, or more
 * @throws INPUT_FORMAT
 */
export function npyDataStart(bytes: Uint8Array, where: string): number {
  if (bytes.length < NPY_PREFIX || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new ZkinferError('INPUT_FORMAT', `${where} is not an .npy array`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return bytes[6] === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
}

function fromColumnMajor(data: Float64Array, shape: readonly number[]): Float64Array {
  const result = new Float64Array(data.length);
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
  const position = shape.map(() => 0);
  for (let i = 0; i < result.length; i++) {
    result[i] = data[position.reduce((sum, place, axis) => sum + place * strides[axis]!, 0)]!;
    for (let axis = shape.length - 1; axis >= 0 && ++position[axis]! === shape[axis]; axis--) position[axis] = 0;
  }
  return result;
}

export function damagedNpy(where: string): ZkinferError {
  return new ZkinferError('INPUT_FORMAT', `${where} is a damaged .npy array`);
}
