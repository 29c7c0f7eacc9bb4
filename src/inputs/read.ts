/** DATA of the command line: .json, .jsonl, .npy, .npz or .csv to samples of a model. */
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { asIoError, readFileBytes } from '../artifacts/files.js';
import type { TensorSpec } from '../artifacts/types.js';
import { throwIfAborted, ZkinferError } from '../errors.js';
import { bindRecord } from './bind.js';
import { readCsvLine } from './csv.js';
import { readJsonRecord } from './json.js';
import { readNpy } from './npy.js';
import { readNpz } from './npz.js';
import type { InputOptions, RawRecord, Sample } from './types.js';

/**
 * All samples of a file, in order. Lines of .jsonl and .csv are read as they are needed.
 *
 * @param specs the model's inputs, in its order
 * @throws IO, INPUT_FORMAT, INPUT_SHAPE, INPUT_VALUE; ABORTED
 */
export async function* readInputs(
  path: string,
  specs: readonly TensorSpec[],
  options: InputOptions = {},
): AsyncGenerator<Sample, void, undefined> {
  let next = 0;
  for await (const record of readRecords(path)) {
    throwIfAborted(options.signal);
    for (const sample of inFile(path, () => bindRecord(record, specs, next, options))) {
      yield sample;
      next += 1;
    }
  }
  if (next === 0) throw new ZkinferError('INPUT_FORMAT', `${path} holds no sample`, { location: { file: path } });
}

/**
 * One sample of a file: the one at `index`, or the only one.
 *
 * @throws as readInputs; USAGE where the file holds several samples and no index is given, or none at that index
 */
export async function readInput(
  path: string,
  specs: readonly TensorSpec[],
  options: InputOptions & { readonly index?: number } = {},
): Promise<Sample> {
  let seen = 0;
  let first: Sample | undefined;
  for await (const sample of readInputs(path, specs, options)) {
    if (sample.index === options.index) return sample;
    first ??= sample;
    seen += 1;
    if (options.index === undefined && seen > 1) {
      throw new ZkinferError('USAGE', `${path} holds more than one sample`, {
        location: { file: path },
        hint: 'choose one with --index N, counted from 0',
      });
    }
  }
  if (options.index === undefined) return first!;
  throw new ZkinferError('USAGE', `${path} has no sample ${options.index}: it holds ${seen}, counted from 0`, {
    location: { file: path },
  });
}

async function* readRecords(path: string): AsyncGenerator<RawRecord> {
  switch (extname(path).toLowerCase()) {
    case '.json':
      yield readJsonRecord(decode(await readFileBytes(path), path), path);
      return;
    case '.npy':
      yield { kind: 'unnamed', tensor: readNpy(await readFileBytes(path), path) };
      return;
    case '.npz':
      yield { kind: 'named', tensors: readNpz(await readFileBytes(path), path), strict: false };
      return;
    case '.jsonl':
      for await (const [line, text] of readLines(path)) yield readJsonRecord(text, `${path}, line ${line}`);
      return;
    case '.csv':
      yield* readCsv(path);
      return;
    default:
      throw new ZkinferError('INPUT_FORMAT', `${path} has no known ending`, {
        location: { file: path },
        hint: 'DATA is .json, .jsonl, .npy, .npz or .csv',
      });
  }
}

async function* readCsv(path: string): AsyncGenerator<RawRecord> {
  let isFirst = true;
  for await (const [line, text] of readLines(path)) {
    const data = readCsvLine(text);
    if (data !== undefined) yield { kind: 'row', data, line };
    else if (!isFirst)
      throw new ZkinferError('INPUT_FORMAT', `${path}, line ${line} holds no numbers`, { location: { file: path } });
    isFirst = false;
  }
}

/** Lines that are not blank, with their numbers from 1. */
async function* readLines(path: string): AsyncGenerator<readonly [number, string]> {
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

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ZkinferError('INPUT_FORMAT', `${path} is not UTF-8 text`, { location: { file: path } });
  }
}

/** Passes samples on; errors gain the file's name. */
function* inFile(path: string, samples: () => Iterable<Sample>): Generator<Sample> {
  try {
    yield* samples();
  } catch (error) {
    if (!(error instanceof ZkinferError)) throw error;
    throw new ZkinferError(error.code, error.message, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      location: { file: path, ...error.location },
      cause: error.cause,
    });
  }
}
