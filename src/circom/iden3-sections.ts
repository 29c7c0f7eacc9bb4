/** The section table of a large iden3 file, from disk or memory, without reading its contents. */

import { open, type FileHandle } from 'node:fs/promises';
import { asIoError } from '../artifacts/files.js';
import { ZkinferError } from '../errors.js';

/** A place within a file. */
export interface Extent {
  readonly start: number;
  readonly length: number;
}

/** An open file, of which parts are read. */
export interface SectionFile {
  readonly name: string;
  /** Every section type that occurs; types that occur twice are refused. */
  readonly sections: ReadonlyMap<number, Extent>;
  read(extent: Extent): Promise<Buffer>;
  /** An ARTIFACT_FORMAT error about this file. */
  fail(what: string): ZkinferError;
}

interface ByteSource {
  readonly size: number;
  read(start: number, length: number): Promise<Buffer>;
}

/**
 * Opens an iden3 file, checks that its container is whole, and lets `use` read from it.
 * @param source a path, or the file's bytes.
 * @param name what to call it in errors.
 * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT, IO, and what `use` throws.
 */
export async function withSections<T>(
  source: string | Uint8Array,
  { magic, name }: { readonly magic: string; readonly name: string },
  use: (file: SectionFile) => Promise<T>,
): Promise<T> {
  if (typeof source !== 'string') return use(await readTable(memorySource(source), magic, name));
  const handle = await openFile(source);
  try {
    const { size } = await handle.stat();
    const disk: ByteSource = {
      size,
      async read(start, length) {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, start);
        return buffer.subarray(0, bytesRead);
      },
    };
    return await use(await readTable(disk, magic, source));
  } catch (error) {
    throw asIoError('read', source, error);
  } finally {
    await handle.close();
  }
}

/**
 * The four letters that an iden3 file begins with; fewer where the file is shorter.
 * @throws ARTIFACT_MISSING, IO.
 */
export async function readMagic(path: string): Promise<string> {
  const handle = await openFile(path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } catch (error) {
    throw asIoError('read', path, error);
  } finally {
    await handle.close();
  }
}

function openFile(path: string): Promise<FileHandle> {
  return open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw asIoError('read', path, cause);
    throw new ZkinferError('ARTIFACT_MISSING', `${path} is missing`, { cause, location: { file: path } });
  });
}

function memorySource(bytes: Uint8Array): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { size: bytes.length, read: (start, length) => Promise.resolve(buffer.subarray(start, start + length)) };
}

async function readTable(source: ByteSource, magic: string, name: string): Promise<SectionFile> {
  const fail = (what: string): ZkinferError =>
    new ZkinferError('ARTIFACT_FORMAT', `the .${magic} file is damaged: ${what}`, { location: { file: name } });
  const read = async (start: number, length: number): Promise<Buffer> => {
    const bytes = start + length > source.size ? undefined : await source.read(start, length);
    if (bytes?.length !== length) throw fail('it ends too early');
    return bytes;
  };
  const head = await read(0, 12);
  if (head.toString('latin1', 0, 4) !== magic) throw fail('it does not start as such a file does');
  const sections = new Map<number, Extent>();
  let at = 12;
  for (let left = head.readUInt32LE(8); left > 0; left--) {
    const header = await read(at, 12);
    const type = header.readUInt32LE(0);
    const length = Number(header.readBigUInt64LE(4));
    if (at + 12 + length > source.size) throw fail('it ends too early');
    if (sections.has(type)) throw fail(`section ${type} is there twice`);
    sections.set(type, { start: at + 12, length });
    at += 12 + length;
  }
  if (at !== source.size) throw fail('its sections are followed by other bytes');
  return { name, sections, fail, read: ({ start, length }) => read(start, length) };
}
