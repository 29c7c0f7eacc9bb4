/**
 * Every error a user can meet. A code names the kind of problem and never changes; the exit code follows from it.
 */

/** Exit codes of the CLI (docs: interface). */
export const ExitCode = {
  Ok: 0,
  /** A proof is invalid or a check failed. */
  Invalid: 1,
  /** Wrong arguments or wrong input data. */
  Usage: 2,
  /** The model cannot be proven as it is. */
  Unsupported: 3,
  /** A file, tool or resource of this machine is missing, damaged or does not match. */
  Environment: 4,
  Internal: 70,
  Interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The table of codes: what each means in one line, and the exit code it leads to. */
export const ERROR_CODES = {
  PROOF_INVALID: { exit: ExitCode.Invalid, meaning: 'the proof does not show the statement' },
  CHECK_FAILED: { exit: ExitCode.Invalid, meaning: 'a comparison that was asked for found a difference' },
  USAGE: { exit: ExitCode.Usage, meaning: 'the command or its options are not understood' },
  INPUT_FORMAT: { exit: ExitCode.Usage, meaning: 'the input file cannot be read as tensors' },
  INPUT_SHAPE: { exit: ExitCode.Usage, meaning: 'a tensor has another shape or name than the model takes' },
  INPUT_VALUE: {
    exit: ExitCode.Usage,
    meaning: 'an element is not a number, not finite, or out of the range of its dtype',
  },
  MODEL_FORMAT: { exit: ExitCode.Unsupported, meaning: 'the file is not a readable ONNX model' },
  MODEL_UNSUPPORTED: { exit: ExitCode.Unsupported, meaning: 'the model uses something that cannot be proven' },
  MODEL_NOT_QUANTIZED: { exit: ExitCode.Unsupported, meaning: 'a float operator is not enclosed by quantized tensors' },
  RANGE_OVERFLOW: { exit: ExitCode.Unsupported, meaning: 'an accumulator can leave the range in which ONNX is exact' },
  ARTIFACT_MISSING: { exit: ExitCode.Environment, meaning: 'a file of the artifact directory is missing' },
  ARTIFACT_MISMATCH: { exit: ExitCode.Environment, meaning: 'a file is not the one the manifest names' },
  ARTIFACT_FORMAT: { exit: ExitCode.Environment, meaning: 'a file is damaged or of another format' },
  KEY_UNSAFE: { exit: ExitCode.Environment, meaning: 'a key must not be used for this purpose' },
  TOOL_FAILED: { exit: ExitCode.Environment, meaning: 'a program or optional package is missing or failed' },
  IO: { exit: ExitCode.Environment, meaning: 'a file cannot be read or written' },
  QUEUE_UNREACHABLE: { exit: ExitCode.Environment, meaning: 'the database of a queue cannot be reached or used' },
  QUEUE_SCHEMA: { exit: ExitCode.Environment, meaning: 'the tables of a queue are of another version of zkinfer' },
  QUEUE_MODEL: { exit: ExitCode.Environment, meaning: 'a queue does not know the model, or has no run of it' },
  WORKER_LOST: { exit: ExitCode.Environment, meaning: 'all workers that had a job ended without a word' },
  INTERNAL: { exit: ExitCode.Internal, meaning: 'a fault of zkinfer itself' },
  ABORTED: { exit: ExitCode.Interrupted, meaning: 'the work was cancelled' },
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

/** Where a problem lies. All fields are names from the user's files. */
export interface ErrorLocation {
  file?: string;
  /** ONNX node name (or `#index` where a node has no name). */
  node?: string;
  op?: string;
  /** Tensor, value or field name. */
  tensor?: string;
  /** Element index within the tensor. */
  index?: number;
}

export interface ErrorDetails {
  /** What to do about it. */
  hint?: string;
  location?: ErrorLocation;
  cause?: unknown;
}

/** An error for a user to read: one short message, a stable code, where, and what to do. Never holds private input values. */
export class ZkinferError extends Error {
  override readonly name = 'ZkinferError';
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly location?: ErrorLocation;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.hint !== undefined) this.hint = details.hint;
    if (details.location !== undefined) this.location = details.location;
  }

  get exitCode(): ExitCode {
    return ERROR_CODES[this.code].exit;
  }
}

/** Several problems found in one go, such as all unsupported nodes of a model. Its code is that of the first. */
export class ProblemsError extends ZkinferError {
  readonly problems: readonly ZkinferError[];

  constructor(message: string, problems: readonly ZkinferError[]) {
    const first = problems[0];
    super(first ? first.code : 'INTERNAL', message, first?.hint === undefined ? {} : { hint: first.hint });
    this.problems = problems;
  }
}

/** Throws ABORTED when the signal says so; called between the steps of long work. */
export function throwIfAborted(signal?: AbortSignal): void {
  if (signal?.aborted) throw new ZkinferError('ABORTED', 'cancelled', { cause: signal.reason });
}
