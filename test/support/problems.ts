/** What a refused model says. */
import { ProblemsError, ZkinferError } from '../../src/errors.js';

/** All problems that an attempt reports. Anything but a ZkinferError is passed on. */
export function problemsOf(attempt: () => unknown): readonly ZkinferError[] {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems;
    if (error instanceof ZkinferError) return [error];
    throw error;
  }
  throw new Error('nothing was thrown');
}
