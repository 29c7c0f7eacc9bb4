/** What passes between threads: errors keep their code, which structured clones of them would lose. */
import { ZkinferError, type ErrorCode, type ErrorLocation } from '../errors.js';

/** A ZkinferError as plain data. Like it, it never holds private values. */
export interface StatedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly location?: ErrorLocation;
}

/** Anything thrown, as plain data. */
export function stateError(error: unknown): StatedError {
  if (!(error instanceof ZkinferError)) {
    return { code: 'INTERNAL', message: error instanceof Error ? error.message : 'an unknown error was thrown' };
  }
  const { code, message, hint, location } = error;
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(location === undefined ? {} : { location }),
  };
}

/** The inverse of stateError. */
export function restoreError({ code, message, hint, location }: StatedError): ZkinferError {
  return new ZkinferError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(location === undefined ? {} : { location }),
  });
}
