/** Witness files: circom's .wtns format, version 2. */

import type { ZkinferError } from '../errors.js';
import type { BinaryReader } from '../circom/iden3-file.js';
import { readSections } from '../circom/iden3-file.js';
import { SNARK_FIELD } from '../hash/field.js';

/** Bytes before the values: container, header section, header of the value section. */
const VALUES_START = 76;

/** A .wtns file of witness values that `write` fills in place, 32 bytes little-endian each. */
export function makeWtns(count: number, write: (values: Uint32Array) => void): Uint8Array {
  const bytes = new Uint8Array(VALUES_START + 32 * count);
  const head = Buffer.from(bytes.buffer);
  head.write('wtns', 0, 'latin1');
  head.writeUInt32LE(2, 4);
  head.writeUInt32LE(2, 8);
  head.writeUInt32LE(1, 12);
  head.writeBigUInt64LE(40n, 16);
  head.writeUInt32LE(32, 24);
  head.set(Buffer.from(SNARK_FIELD.toString(16), 'hex').reverse(), 28);
  head.writeUInt32LE(count, 60);
  head.writeUInt32LE(2, 64);
  head.writeBigUInt64LE(BigInt(32 * count), 68);
  write(new Uint32Array(bytes.buffer, VALUES_START));
  return bytes;
}

/**
 * Number of values of a .wtns file over BN254's scalar field, after checking that the file is whole.
 * @throws ARTIFACT_FORMAT.
 */
export function wtnsLength(bytes: Uint8Array, file = 'witness.wtns'): number {
  return openValues(bytes, file).count;
}

/**
 * The witness values of a .wtns file, canonical field elements.
 * @throws ARTIFACT_FORMAT when the file is damaged.
 */
export function readWtns(bytes: Uint8Array, file = 'witness.wtns'): bigint[] {
  const { count, reader, fail } = openValues(bytes, file);
  return Array.from({ length: count }, () => {
    const value = reader.bigint(32);
    if (value >= SNARK_FIELD) throw fail('a value is not a field element');
    return value;
  });
}

function openValues(
  bytes: Uint8Array,
  file: string,
): { count: number; reader: BinaryReader; fail: (what: string) => ZkinferError } {
  const { unique, fail } = readSections(bytes, 'wtns', 2, file);
  const header = unique(1);
  if (header.u32() !== 32 || header.bigint(32) !== SNARK_FIELD) throw fail('it is not over BN254');
  const count = header.u32();
  const reader = unique(2);
  if (reader.remaining !== 32 * count) throw fail('it has another number of values than it says');
  return { count, reader, fail };
}
