/** Runs long native operations as every other long work: cancelled by a signal, with progress, failing with ZkinferErrors. */

import { ERROR_CODES, ZkinferError, throwIfAborted, type ErrorCode, type ErrorLocation } from '../errors.js';
import type { WorkOptions } from '../progress.js';

/** Words that native work shares with JavaScript, as in native/support/control.h. */
const CANCEL = 0;
const STAGE = 1;
const DONE = 2;
const TOTAL = 3;
const WORDS = 4;

/** How often progress is looked at, in milliseconds. */
const INTERVAL = 100;

export interface NativeWork<T> {
  /** Names of the stages, by the numbers that the operation gives them. */
  readonly stages: readonly string[];
  /** What it reads: `the .zkey file`; for errors that say what is wrong with it. */
  readonly subject?: string;
  /** Where its errors lie. */
  readonly location?: ErrorLocation;
  readonly hint?: string;
  /** Begins the operation. */
  readonly run: (control: Int32Array) => Promise<T>;
}

/**
 * Runs one native operation.
 * @throws what it rejects with, as ZkinferError; ABORTED when the signal says so, after the operation has come to its end.
 */
export async function runNative<T>(work: NativeWork<T>, { signal, onProgress }: WorkOptions = {}): Promise<T> {
  throwIfAborted(signal);
  const control = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  const cancel = (): void => void Atomics.store(control, CANCEL, 1);
  signal?.addEventListener('abort', cancel, { once: true });
  Atomics.store(control, STAGE, -1);
  const report = onProgress && reporter(control, work.stages, onProgress);
  const timer = report && setInterval(report, INTERVAL);
  try {
    const result = await work.run(control);
    throwIfAborted(signal);
    return result;
  } catch (error) {
    throwIfAborted(signal);
    throw nativeError(error, work);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

/** Tells the present stage, where it has changed or moved on. */
function reporter(
  control: Int32Array,
  stages: readonly string[],
  onProgress: NonNullable<WorkOptions['onProgress']>,
): () => void {
  let last = '';
  return () => {
    const stage = stages[Atomics.load(control, STAGE)];
    const total = Atomics.load(control, TOTAL);
    const done = Math.min(Atomics.load(control, DONE), total);
    const seen = `${stage} ${done} ${total}`;
    if (stage === undefined || seen === last) return;
    last = seen;
    onProgress(total > 0 ? { stage, done, total } : { stage });
  };
}

/** An error of the addon as ours: its code is one of the table, its message holds no private values. */
export function nativeError(
  error: unknown,
  { subject, location, hint }: Pick<NativeWork<unknown>, 'subject' | 'location' | 'hint'> = {},
): ZkinferError {
  if (error instanceof ZkinferError) return error;
  const { code, message } = (typeof error === 'object' && error !== null ? error : {}) as {
    code?: unknown;
    message?: unknown;
  };
  const isKnown = typeof code === 'string' && Object.hasOwn(ERROR_CODES, code) && typeof message === 'string';
  if (!isKnown) return new ZkinferError('INTERNAL', 'native code failed', { cause: error });
  const isDamage = code === 'ARTIFACT_FORMAT' && subject !== undefined;
  return new ZkinferError(code as ErrorCode, isDamage ? `${subject} is damaged: ${message}` : message, {
    cause: error,
    ...(location === undefined ? {} : { location }),
    ...(hint === undefined ? {} : { hint }),
  });
}
