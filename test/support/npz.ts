/** Minimal reader of numpy's .npz and .npy files for tests: little-endian numbers in C order, and fixed-width unicode strings. */
import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';

export interface NpyArray {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Row-major; strings as one joined string. */
  readonly data: number[] | string;
}

export function readNpz(path: string): Record<string, NpyArray> {
  const files = unzipSync(new Uint8Array(readFileSync(path)));
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name.replace(/\.npy$/, ''), readNpy(bytes)]));
}

function readNpy(bytes: Uint8Array): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const long = bytes[6]! >= 2;
  const headerLength = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = (long ? 12 : 10) + headerLength;
  const header = new TextDecoder().decode(bytes.subarray(long ? 12 : 10, start));
  const dtype = /'descr': '([^']+)'/.exec(header)![1]!;
  const shape = [.../'shape': \(([^)]*)\)/.exec(header)![1]!.matchAll(/\d+/g)].map((match) => Number(match[0]));
  if (!header.includes("'fortran_order': False")) throw new Error('Fortran order is not supported');
  const count = shape.reduce((a, b) => a * b, 1);
  if (dtype.startsWith('<U')) {
    const codes = Array.from({ length: count * Number(dtype.slice(2)) }, (_, i) => view.getUint32(start + 4 * i, true));
    return { dtype, shape, data: String.fromCodePoint(...codes.filter((code) => code !== 0)) };
  }
  return { dtype, shape, data: Array.from({ length: count }, (_, i) => readElement(view, dtype, start, i)) };
}

function readElement(view: DataView, dtype: string, start: number, i: number): number {
  switch (dtype) {
    case '<f4':
      return view.getFloat32(start + 4 * i, true);
    case '<i8':
      return Number(view.getBigInt64(start + 8 * i, true));
    case '|i1':
      return view.getInt8(start + i);
    case '|u1':
      return view.getUint8(start + i);
    default:
      throw new Error(`npy dtype ${dtype} is not supported`);
  }
}
