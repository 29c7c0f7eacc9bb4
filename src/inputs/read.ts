/** DATA of the command line: .json, .jsonl, .npy, .npz, .csv or a folder of such files to samples of a model. */
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { asIoError, readFileBytes } from '../artifacts/files.js';
import type { TensorSpec } from '../artifacts/types.js';
import { throwIfAborted, ZkinferError } from '../errors.js';
import { bindRecord } from './bind.js';
import { readCsvLine } from './csv.js';
import { readJsonRecord } from './json.js';
import { countLines, readLines } from './lines.js';
import { readNpyFile } from './npy-file.js';
import { readNpz } from './npz.js';
import type { InputEntry, InputOptions, RawRecord, Sample } from './types.js';

/**
 * All samples of a file or folder, in order. Lines of .jsonl and .csv, rows of .npy and files of a folder are read as they are needed.
 *
 * @param specs the model's inputs, in its order
 * @throws IO, INPUT_FORMAT, INPUT_SHAPE, INPUT_VALUE; ABORTED
 */
export async function* readInputs(
  path: string,
  specs: readonly TensorSpec[],
  options: InputOptions = {},
): AsyncGenerator<Sample, void, undefined> {
  for await (const { index, tensors, error } of readInputEntries(path, specs, options)) {
    if (error !== undefined) throw error;
    yield { index, tensors };
  }
}

/**
 * The same, where a sample that is not one does not end the reading: a line of .jsonl or .csv or a file of a folder that cannot be read,
 * a sample of an array with a wrong element. It has its place in the order, and an error instead of tensors.
 *
 * @throws IO, INPUT_FORMAT, INPUT_SHAPE where the file as a whole cannot be read; ABORTED
 */
export async function* readInputEntries(
  path: string,
  specs: readonly TensorSpec[],
  options: InputOptions & {
    /** Whether entries tell how many there are, at the cost of reading texts once more. */
    readonly count?: boolean;
  } = {},
): AsyncGenerator<InputEntry, void, undefined> {
  let index = 0;
  const entries = (await isFolder(path)) ? readFolder(path, specs, options) : readFile(path, specs, options);
  for await (const entry of entries) {
    throwIfAborted(options.signal);
    yield { index, ...entry };
    index += 1;
  }
  if (index === 0) throw new ZkinferError('INPUT_FORMAT', `${path} holds no sample`, { location: { file: path } });
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

type Unnumbered =
  Omit<Extract<InputEntry, { tensors: unknown }>, 'index'> | Omit<Extract<InputEntry, { error: unknown }>, 'index'>;

/** A record that is read when it is looked at. */
interface LazyRecord {
  readonly read: () => RawRecord;
  /** Whether what is wrong with it concerns it alone, as the lines after it are read nevertheless. */
  readonly isLine?: boolean;
  /** Samples of the whole file, where known without binding. */
  readonly total?: number;
}

async function* readFile(
  path: string,
  specs: readonly TensorSpec[],
  options: InputOptions & { readonly count?: boolean },
): AsyncGenerator<Unnumbered> {
  /** Lines hold one sample each, but for those that are found to hold more. */
  let more = 0;
  const lines = options.count && isText(path) ? await countLines(path, options.signal) : undefined;
  for await (const { read, isLine, total } of readRecords(path, specs)) {
    const record = attempt(path, () => bindRecord(read(), specs, options));
    if ('error' in record) {
      if (!isLine) throw record.error;
      yield { error: record.error, ...given(lines, more) };
      continue;
    }
    const { count, tensors } = record.value;
    if (isLine) more += count - 1;
    for (let i = 0; i < count; i++) {
      const sample = attempt(path, () => tensors(i));
      const all = isLine ? given(lines, more) : given(total ?? count);
      yield 'error' in sample ? { ...sample, ...all } : { tensors: sample.value, ...all };
    }
  }
}

/** The number of entries, where one is known. */
function given(count: number | undefined, more = 0): { readonly total?: number } {
  return count === undefined ? {} : { total: count + more };
}

/** One entry for each file, in the order of their names. */
async function* readFolder(
  path: string,
  specs: readonly TensorSpec[],
  options: InputOptions,
): AsyncGenerator<Unnumbered> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw asIoError('read', path, error);
  });
  const names = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  for (const name of names.sort())
    yield { ...(await readSingle(join(path, name), specs, options)), total: names.length };
}

async function readSingle(path: string, specs: readonly TensorSpec[], options: InputOptions): Promise<Unnumbered> {
  try {
    const { tensors } = await readInput(path, specs, options);
    return { tensors };
  } catch (error) {
    if (!(error instanceof ZkinferError) || error.code === 'ABORTED') throw error;
    return { error };
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

function isText(path: string): boolean {
  return ['.jsonl', '.csv'].includes(extname(path).toLowerCase());
}

async function* readRecords(path: string, specs: readonly TensorSpec[]): AsyncGenerator<LazyRecord> {
  switch (extname(path).toLowerCase()) {
    case '.json': {
      const text = decode(await readFileBytes(path), path);
      yield { read: () => readJsonRecord(text, path) };
      return;
    }
    case '.npy':
      for await (const { tensor, total } of readNpyFile(path, specs)) {
        yield { read: () => ({ kind: 'unnamed', tensor }), ...(total === undefined ? {} : { total }) };
      }
      return;
    case '.npz': {
      const tensors = readNpz(await readFileBytes(path), path);
      yield { read: () => ({ kind: 'named', tensors, strict: false }) };
      return;
    }
    case '.jsonl':
      for await (const [line, text] of readLines(path)) {
        yield { read: () => readJsonRecord(text, `${path}, line ${line}`), isLine: true };
      }
      return;
    case '.csv':
      yield* readCsv(path);
      return;
    default:
      throw new ZkinferError('INPUT_FORMAT', `${path} has no known ending`, {
        location: { file: path },
        hint: 'DATA is .json, .jsonl, .npy, .npz or .csv, or a folder of such files',
      });
  }
}

async function* readCsv(path: string): AsyncGenerator<LazyRecord> {
  let isFirst = true;
  for await (const [line, text] of readLines(path)) {
    const data = readCsvLine(text);
    const read = (): RawRecord => {
      if (data !== undefined) return { kind: 'row', data, line };
      throw new ZkinferError('INPUT_FORMAT', `${path}, line ${line} holds no numbers`, { location: { file: path } });
    };
    if (data !== undefined || !isFirst) yield { read, isLine: true };
    isFirst = false;
  }
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ZkinferError('INPUT_FORMAT', `${path} is not UTF-8 text`, { location: { file: path } });
  }
}

type Attempt<T> = { readonly value: T } | { readonly error: ZkinferError };

/** What is wrong with the data is a value; it gains the file's name. */
function attempt<T>(path: string, make: () => T): Attempt<T> {
  try {
    return { value: make() };
  } catch (error) {
    if (!(error instanceof ZkinferError)) throw error;
    return {
      error: new ZkinferError(error.code, error.message, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        location: { file: path, ...error.location },
        cause: error.cause,
      }),
    };
  }
}
