/** failed.jsonl: the inputs of a batch that have no proof, and why. */
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { asIoError, replaceFile, systemErrorCode } from '../artifacts/files.js';
import { integer, object, oneOf, optional, text } from '../artifacts/fields.js';
import { parseDocument } from '../artifacts/manifest.js';
import { ERROR_CODES, ZkinferError, type ErrorCode } from '../errors.js';
import { readLines } from '../inputs/lines.js';
import type { Identity } from './identity.js';

/** One line of failed.jsonl. Holds no input values. */
export interface Failure {
  readonly index: number;
  /** Absent where the input could not be read. */
  readonly identity?: Identity;
  readonly code: ErrorCode;
  readonly message: string;
}

const failureField = object<Failure>({
  index: integer(0),
  identity: optional(text(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex')),
  code: oneOf(...(Object.keys(ERROR_CODES) as ErrorCode[])),
  message: text(/^[^]*$/, 'text'),
});

const NEWLINE = 0x0a;

/** The failures of a folder. Memory holds their identities only. */
export class FailureLog {
  readonly #path: string;
  /** By index; undefined for inputs that could not be read. */
  readonly #identities = new Map<number, Identity | undefined>();
  /** Lines of an index that no longer hold: its first ones, so many. */
  readonly #stale = new Map<number, number>();
  #file: FileHandle | undefined;
  /** Lines are written one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Reads the failures of earlier runs. The rest of a line that a full disk cut off is removed.
   * @throws IO, ARTIFACT_FORMAT
   */
  static async open(path: string): Promise<FailureLog> {
    const log = new FailureLog(path);
    await log.#cutUnfinished();
    for await (const { index, identity } of log.#read()) {
      if (log.has(index)) log.#setStale(index);
      log.#identities.set(index, identity);
    }
    return log;
  }

  get size(): number {
    return this.#identities.size;
  }

  has(index: number): boolean {
    return this.#identities.has(index);
  }

  /** Whether this input, the same as now, has failed before. */
  isKnown(index: number, identity: Identity | undefined): boolean {
    return this.has(index) && this.#identities.get(index) === identity;
  }

  indexes(): Iterable<number> {
    return this.#identities.keys();
  }

  /** Appends one failure, in the place of an earlier one of the index. @throws IO */
  add(failure: Failure): Promise<void> {
    const added = this.#turn.then(() => this.#append(failure));
    this.#turn = added.catch(() => undefined);
    return added;
  }

  async #append(failure: Failure): Promise<void> {
    this.forget(failure.index);
    try {
      this.#file ??= await open(this.#path, 'a');
      await this.#file.appendFile(`${JSON.stringify(failure)}\n`);
      await this.#file.datasync();
    } catch (error) {
      throw asIoError('write', this.#path, error);
    }
    this.#identities.set(failure.index, failure.identity);
  }

  /** An input is not failed any more: its lines are removed by `close`. */
  forget(index: number): void {
    if (!this.has(index)) return;
    this.#identities.delete(index);
    this.#setStale(index);
  }

  /** The inputs from this one on are no more. */
  forgetFrom(index: number): void {
    for (const known of this.#identities.keys()) if (known >= index) this.forget(known);
  }

  /** Removes lines that no longer hold. @throws IO */
  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    if (this.#stale.size === 0) return;
    await replaceFile(this.#path, async (temporary) => {
      const file = await open(temporary, 'r+');
      try {
        for await (const failure of this.#read()) {
          const stale = this.#stale.get(failure.index) ?? 0;
          if (stale > 0) this.#stale.set(failure.index, stale - 1);
          else await file.appendFile(`${JSON.stringify(failure)}\n`);
        }
      } finally {
        await file.close();
      }
    });
    this.#stale.clear();
  }

  #setStale(index: number): void {
    this.#stale.set(index, (this.#stale.get(index) ?? 0) + 1);
  }

  async *#read(): AsyncGenerator<Failure> {
    try {
      for await (const [line, json] of readLines(this.#path)) {
        yield parseDocument(
          failureField,
          parseLine(json, `${this.#path}, line ${line}`),
          `${this.#path}, line ${line}`,
        );
      }
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    }
  }

  async #cutUnfinished(): Promise<void> {
    let [length, whole] = [0, 0];
    try {
      for await (const chunk of createReadStream(this.#path) as AsyncIterable<Buffer>) {
        const last = chunk.lastIndexOf(NEWLINE);
        if (last !== -1) whole = length + last + 1;
        length += chunk.length;
      }
      if (whole === length) return;
      const file = await open(this.#path, 'r+');
      await file.truncate(whole).finally(() => file.close());
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw asIoError('write', this.#path, error);
    }
  }
}

function parseLine(json: string, where: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw new ZkinferError('ARTIFACT_FORMAT', `${where} is not JSON`, { hint: 'remove the line' });
  }
}
