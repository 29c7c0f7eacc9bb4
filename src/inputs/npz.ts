/** NumPy's .npz: a zip of .npy arrays. */
import { unzipSync } from 'fflate';
import { ZkinferError } from '../errors.js';
import { readNpy } from './npy.js';
import type { RawTensor } from './types.js';

/** More than any input of a provable model needs; keeps a small hostile zip from filling the memory. */
const LARGEST_ARRAY_BYTES = 2 ** 31;

/**
 * @returns the arrays by name, in the order of the file
 * @throws INPUT_FORMAT
 */
export function readNpz(bytes: Uint8Array, where: string): Map<string, RawTensor> {
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, {
      filter: ({ name, originalSize }) => name.endsWith('.npy') && originalSize <= LARGEST_ARRAY_BYTES,
    });
  } catch (error) {
    throw new ZkinferError('INPUT_FORMAT', `${where} is not an .npz archive, or a damaged one`, { cause: error });
  }
  const arrays = Object.entries(files).map(([file, content]) => {
    const name = file.slice(0, -'.npy'.length);
    return [name, readNpy(content, `${where}, array ${name}`)] as const;
  });
  return new Map(arrays);
}
