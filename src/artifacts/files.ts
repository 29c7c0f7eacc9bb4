/** Files that are either whole or not there. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { throwIfAborted, ZkinferError } from '../errors.js';

export interface WriteOptions {
  /** Permission bits of a new file; 0o666 less the umask by default. */
  readonly mode?: number;
  readonly signal?: AbortSignal;
}

/**
 * Lets `write` fill a temporary file in the folder of `path` and then puts it in place of `path` in one step, flushed to disk.
 * Whatever goes wrong, cancellation included, the temporary file is removed and `path` stays as it was.
 *
 * @throws whatever `write` throws; IO when the folder cannot be written; ABORTED
 */
export async function replaceFile(
  path: string,
  write: (temporaryPath: string) => Promise<void>,
  options: WriteOptions = {},
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    throwIfAborted(options.signal);
    await (await open(temporary, 'wx', options.mode)).close();
    await write(temporary);
    throwIfAborted(options.signal);
    await flush(temporary, 'r+');
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw asIoError('write', path, error);
  }
  // The rename itself is durable once the folder is flushed; some systems do not allow opening folders.
  await flush(dirname(path), 'r').catch(() => undefined);
}

/**
 * Writes a whole file, or nothing.
 *
 * @throws IO, ABORTED
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  await replaceFile(
    path,
    async (temporary) => {
      const handle = await open(temporary, 'r+');
      try {
        await handle.writeFile(data);
      } finally {
        await handle.close();
      }
    },
    options,
  );
}

/**
 * SHA-256 of a file of any size, and its length.
 *
 * @returns lower-case hex without prefix
 * @throws IO
 */
export async function sha256File(path: string, signal?: AbortSignal): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      throwIfAborted(signal);
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    throw asIoError('read', path, error);
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** SHA-256 of bytes at hand, as `sha256File` gives it. */
export function sha256Bytes(data: Uint8Array): { sha256: string; bytes: number } {
  return { sha256: createHash('sha256').update(data).digest('hex'), bytes: data.length };
}

/**
 * The bytes of a file the user named.
 *
 * @throws IO with a hint that says which file
 */
export async function readFileBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw asIoError('read', path, error);
  }
}

/** The text of a file the user named. @throws IO */
export async function readText(path: string): Promise<string> {
  return Buffer.from(await readFileBytes(path)).toString('utf8');
}

async function flush(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'part of the path is a file, not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EMFILE: 'too many open files',
};

/** A file system error as a ZkinferError of code IO; any other error as it is. */
export function asIoError(action: 'read' | 'write', path: string, error: unknown): unknown {
  const code = error instanceof ZkinferError ? undefined : systemErrorCode(error);
  if (code === undefined) return error;
  return new ZkinferError('IO', `cannot ${action} ${path}: ${REASONS[code] ?? code}`, {
    location: { file: path },
    cause: error,
  });
}

/** `ENOENT` and the like of an error of the file system, or of a ZkinferError caused by one. */
export function systemErrorCode(error: unknown): string | undefined {
  if (error instanceof ZkinferError) return error.code === 'IO' ? systemErrorCode(error.cause) : undefined;
  if (typeof error !== 'object' || error === null || !('code' in error) || !('syscall' in error)) return undefined;
  return String(error.code);
}
