/** Packages that only some commands need. */

import { ZkinferError } from '../errors.js';

/** The error for an optional package that is not installed. */
export function missingPackage(name: string, purpose: string, cause: unknown): ZkinferError {
  return new ZkinferError('TOOL_FAILED', `the package ${name} is not installed`, {
    cause,
    hint: `to ${purpose}: npm install --no-save ${name}`,
  });
}
