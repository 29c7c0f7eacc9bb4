/** A bounded number of tasks at a time. */

/**
 * Runs tasks, at most `limit` at a time. The first one that throws is the last to be begun; those under way end by themselves.
 */
export class InFlight {
  readonly #limit: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Waits until there is room, then begins a task. @throws what an earlier task threw */
  async begin(task: () => Promise<void>): Promise<void> {
    while (this.#failure === undefined && this.#running.size >= this.#limit) await Promise.race(this.#running);
    if (this.#failure !== undefined) throw this.#failure.error;
    const running = task()
      .catch((error: unknown) => void (this.#failure ??= { error }))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits for all tasks. @throws what the first that failed threw */
  async end(): Promise<void> {
    await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
