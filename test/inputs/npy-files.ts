/** Writes .npy and .npz bytes for tests, by the format's specification. */
import { zipSync } from 'fflate';

export interface NpySource {
  readonly descr: string;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
  readonly fortran?: boolean;
  readonly version?: 1 | 2;
}

export function npyBytes({ descr, shape, data, fortran = false, version = 1 }: NpySource): Uint8Array {
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const order = fortran ? 'True' : 'False';
  const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${dimensions}), }`;
  const start = version === 1 ? 10 : 12;
  const length = Math.ceil((start + header.length + 1) / 64) * 64 - start;
  const head = Buffer.alloc(start);
  head.write('\x93NUMPY', 'latin1');
  head[6] = version;
  if (version === 1) head.writeUInt16LE(length, 8);
  else head.writeUInt32LE(length, 8);
  const body = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([head, Buffer.from(`${header.padEnd(length - 1)}\n`), body]);
}

export function npzBytes(arrays: Readonly<Record<string, NpySource>>): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(arrays).map(([name, source]) => [`${name}.npy`, npyBytes(source)])));
}
