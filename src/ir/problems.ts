/** Collecting all problems of a model instead of stopping at the first. */
import { ProblemsError, ZkinferError } from '../errors.js';

export class Problems {
  private readonly list: ZkinferError[] = [];

  get count(): number {
    return this.list.length;
  }

  get all(): readonly ZkinferError[] {
    return this.list;
  }

  add(problem: ZkinferError): void {
    this.list.push(problem);
  }

  /** Runs one step and keeps its error if it is one for the user. Returns whether it went through. */
  attempt(step: () => void): boolean {
    try {
      step();
      return true;
    } catch (error) {
      if (!(error instanceof ZkinferError) || error.code === 'INTERNAL') throw error;
      this.add(error);
      return false;
    }
  }

  /** Throws a ProblemsError if there were any. */
  throwIfAny(): void {
    const [first] = this.list;
    if (!first) return;
    const count = this.list.length === 1 ? '' : ` (${this.list.length} problems; this is the first)`;
    throw new ProblemsError(`the model cannot be proven as it is: ${first.message}${count}`, this.list);
  }
}
