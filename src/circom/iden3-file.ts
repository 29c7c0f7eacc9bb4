/** The container that iden3's binary files share (.r1cs, .wtns, .zkey, .ptau): magic, version, then typed sections, little endian. */

import { ZkinferError } from '../errors.js';

/** Reads little-endian values from bytes; running past the end is a fault of the file. */
export class BinaryReader {
  readonly #bytes: Buffer;
  readonly #fail: (what: string) => ZkinferError;
  /** Offset of `bytes` within the file, so that `position` speaks of the file. */
  readonly #base: number;
  #at = 0;

  constructor(bytes: Uint8Array, fail: (what: string) => ZkinferError, base = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fail = fail;
    this.#base = base;
  }

  /** Offset within the file. */
  get position(): number {
    return this.#base + this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.skip(4));
  }

  /** @throws when the value is above 2^53 as well. */
  u64(): number {
    const value = this.#bytes.readBigUInt64LE(this.skip(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.#fail('a length is too large');
    return Number(value);
  }

  bigint(length: number): bigint {
    const start = this.skip(length);
    return BigInt(
      `0x${Buffer.from(this.#bytes.subarray(start, start + length))
        .reverse()
        .toString('hex')}`,
    );
  }

  /** The next `length` bytes as a number, read only if they are below 2^32; otherwise undefined, and nothing is read. */
  smallInteger(length: number): number | undefined {
    if (this.remaining < length) throw this.#fail('it ends too early');
    for (let i = 4; i < length; i++) if (this.#bytes[this.#at + i] !== 0) return undefined;
    const value = this.#bytes.readUInt32LE(this.#at);
    this.#at += length;
    return value;
  }

  latin1(length: number): string {
    const start = this.skip(length);
    return this.#bytes.toString('latin1', start, start + length);
  }

  /** Passes over `length` bytes and returns where they start. */
  skip(length: number): number {
    if (length > this.remaining) throw this.#fail('it ends too early');
    const start = this.#at;
    this.#at += length;
    return start;
  }
}

/** The sections of a file. */
export interface Sections {
  /**
   * A reader of the only section of this type.
   * @throws ARTIFACT_FORMAT when there is none or more than one.
   */
  unique(type: number): BinaryReader;
  has(type: number): boolean;
  /** An ARTIFACT_FORMAT error about this file. */
  readonly fail: (what: string) => ZkinferError;
}

/**
 * Finds the sections of a file held in memory.
 * @param magic four characters.
 * @throws ARTIFACT_FORMAT when the container is damaged or of another kind or version.
 */
export function readSections(bytes: Uint8Array, magic: string, version: number, file: string): Sections {
  const fail = (what: string): ZkinferError =>
    new ZkinferError('ARTIFACT_FORMAT', `the ${magic} file is damaged: ${what}`, {
      location: { file },
      hint: 'make it again from the model',
    });
  const reader = new BinaryReader(bytes, fail);
  if (reader.remaining < 12 || reader.latin1(4) !== magic) throw fail('it does not start as such a file does');
  const found = reader.u32();
  if (found !== version) throw fail(`it has format version ${found} instead of ${version}`);
  const sections = new Map<number, { start: number; length: number }[]>();
  for (let left = reader.u32(); left > 0; left--) {
    const type = reader.u32();
    const length = reader.u64();
    const start = reader.skip(length);
    sections.set(type, [...(sections.get(type) ?? []), { start, length }]);
  }
  if (reader.remaining !== 0) throw fail('the sections are followed by other bytes');
  return {
    fail,
    has: (type) => sections.has(type),
    unique(type) {
      const [section, second] = sections.get(type) ?? [];
      if (section === undefined || second !== undefined) throw fail(`section ${type} is not there exactly once`);
      return new BinaryReader(bytes.subarray(section.start, section.start + section.length), fail, section.start);
    },
  };
}
