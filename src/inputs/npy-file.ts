/** .npy files of many samples, read piece by piece. */
import { open, type FileHandle } from 'node:fs/promises';
import { asIoError, readFileBytes } from '../artifacts/files.js';
import type { TensorSpec } from '../artifacts/types.js';
import { elementCount } from '../ir/types.js';
import { countSamples } from './bind.js';
import { damagedNpy, NPY_PREFIX, npyDataStart, readElements, readNpy, readNpyHeader, type NpyHeader } from './npy.js';
import type { RawTensor } from './types.js';

/** NumPy itself refuses to read headers beyond 10,000 characters that it did not write. */
const LARGEST_HEADER = 1 << 20;
/** Bytes read at a time, where a sample is not larger. */
const BLOCK = 1 << 20;

/** Some samples of a file, and how many there are in all. */
export interface NpyBlock {
  readonly tensor: RawTensor;
  readonly total?: number;
}

/**
 * The array of a file, as arrays of some samples each; as a whole where its elements do not lie sample by sample, or its shape does not
 * fit, which is for the caller to refuse.
 *
 * @throws IO, INPUT_FORMAT
 */
export async function* readNpyFile(path: string, specs: readonly TensorSpec[]): AsyncGenerator<NpyBlock> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const header = await readHeader(file, path);
    const [spec] = specs;
    const total = spec === undefined || specs.length > 1 ? undefined : countSamples(spec, header);
    if (header.isColumnMajor) yield { tensor: readNpy(await readFileBytes(path), path) };
    else if (total === undefined || total === 0) {
      yield { tensor: { source: header.type.source, shape: header.shape, data: new Float64Array() } };
    } else yield* readBlocks(file, path, header, spec!, total);
  } catch (error) {
    throw asIoError('read', path, error);
  } finally {
    await file?.close();
  }
}

async function readHeader(file: FileHandle, path: string): Promise<NpyHeader> {
  const { size } = await file.stat();
  const prefix = await readAt(file, path, 0, Math.min(size, NPY_PREFIX));
  const length = npyDataStart(prefix, path);
  if (length > Math.min(size, LARGEST_HEADER)) throw damagedNpy(path);
  const header = readNpyHeader(await readAt(file, path, 0, Math.max(length, NPY_PREFIX)), path);
  if (header.bytes !== size) throw damagedNpy(path);
  return header;
}

async function* readBlocks(
  file: FileHandle,
  path: string,
  header: NpyHeader,
  spec: TensorSpec,
  total: number,
): AsyncGenerator<NpyBlock> {
  const bytes = elementCount(spec.shape) * header.type.bytes;
  const most = Math.max(1, Math.floor(BLOCK / bytes));
  for (let first = 0; first < total; first += most) {
    const count = Math.min(most, total - first);
    const data = readElements(header, await readAt(file, path, header.dataStart + first * bytes, count * bytes));
    const shape = count === 1 ? spec.shape : [count, ...spec.shape];
    yield { tensor: { source: header.type.source, shape, data }, total };
  }
}

async function readAt(file: FileHandle, path: string, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) throw damagedNpy(path);
    filled += bytesRead;
  }
  return bytes;
}
