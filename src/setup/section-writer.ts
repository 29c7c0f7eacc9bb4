/** Writes files in iden3's container format, section by section, without holding them in memory. */

import { open, type FileHandle } from 'node:fs/promises';
import { replaceFile } from '../artifacts/files.js';
import { ZkinferError } from '../errors.js';

/** Bytes gathered before they are written. */
const BUFFER = 1 << 20;

export class SectionWriter {
  readonly #file: FileHandle;
  #buffer = Buffer.allocUnsafe(BUFFER);
  #filled = 0;
  #position = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async begin(magic: string, version: number, sections: number): Promise<void> {
    await this.write(Buffer.concat([Buffer.from(magic, 'latin1'), u32(version), u32(sections)]));
  }

  /**
   * Writes one section.
   * @param length of its contents in bytes; `pieces` must have exactly that many.
   */
  async section(type: number, length: number, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const header = Buffer.alloc(12);
    header.writeUInt32LE(type);
    header.writeBigUInt64LE(BigInt(length), 4);
    await this.write(header);
    const end = this.#position + this.#filled + length;
    for await (const piece of pieces) await this.write(piece);
    if (this.#position + this.#filled !== end) throw new ZkinferError('INTERNAL', `section ${type} has another length`);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length;) {
      const count = Math.min(bytes.length - start, BUFFER - this.#filled);
      this.#buffer.set(bytes.subarray(start, start + count), this.#filled);
      this.#filled += count;
      start += count;
      if (this.#filled === BUFFER) await this.#flush();
    }
  }

  /** Writes what is still held. */
  async end(): Promise<void> {
    await this.#flush();
  }

  async #flush(): Promise<void> {
    for (let start = 0; start < this.#filled;) {
      const { bytesWritten } = await this.#file.write(this.#buffer, start, this.#filled - start, this.#position);
      start += bytesWritten;
      this.#position += bytesWritten;
    }
    this.#filled = 0;
  }
}

/**
 * Writes a file section by section; it gets its name only when `write` is done, so no half-written file ever has it.
 * @throws IO, ABORTED, and what `write` throws.
 */
export async function writeSections(
  path: string,
  write: (writer: SectionWriter) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  await replaceFile(
    path,
    async (temporary) => {
      const file = await open(temporary, 'r+');
      try {
        const writer = new SectionWriter(file);
        await write(writer);
        await writer.end();
      } finally {
        await file.close();
      }
    },
    signal === undefined ? {} : { signal },
  );
}

/** 32-bit little-endian. */
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Little-endian bytes of an unsigned integer. */
export function littleEndian(value: bigint, length = 32): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex').reverse();
}
