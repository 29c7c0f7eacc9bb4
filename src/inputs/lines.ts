/** Lines of text files, as they are needed. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { asIoError } from '../artifacts/files.js';
import { throwIfAborted } from '../errors.js';

/**
 * Lines that are not blank, with their numbers from 1.
 *
 * @throws IO
 */
export async function* readLines(path: string): AsyncGenerator<readonly [number, string]> {
  const stream = createReadStream(path);
  // readline does not pass on errors of its input: https://github.com/nodejs/node/issues/30831
  const failed = new Promise<never>((_, reject) => stream.once('error', reject));
  failed.catch(() => undefined);
  try {
    await Promise.race([failed, new Promise((resolve) => stream.once('open', resolve))]);
    let number = 0;
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      number += 1;
      const text = number === 1 ? line.replace(/^\ufeff/, '') : line;
      if (text.trim() !== '') yield [number, text];
    }
    if (stream.errored) throw stream.errored;
  } catch (error) {
    throw asIoError('read', path, error);
  } finally {
    stream.destroy();
  }
}

const [NEWLINE, SPACE] = [0x0a, 0x20];

/**
 * How many lines hold more than spaces: quickly, so that unusual blanks and a header count as lines.
 *
 * @throws IO, ABORTED
 */
export async function countLines(path: string, signal?: AbortSignal): Promise<number> {
  let count = 0;
  let isBlank = true;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      throwIfAborted(signal);
      for (let at = 0; at < chunk.length; at++) {
        if (!isBlank) {
          // The rest of a line is not looked at.
          const end = chunk.indexOf(NEWLINE, at);
          if (end === -1) break;
          at = end;
          isBlank = true;
        } else if (chunk[at]! > SPACE) {
          isBlank = false;
          count += 1;
        }
      }
    }
  } catch (error) {
    throw asIoError('read', path, error);
  }
  return count;
}
