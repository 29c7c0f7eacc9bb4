/** The folder of a batch: one proof for each input, by its number. It is all the state there is. */
import { mkdir, opendir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asIoError, readFileBytes, systemErrorCode, writeFileAtomic } from '../artifacts/files.js';
import { parseDocument, readJsonFile } from '../artifacts/manifest.js';
import { openingPath } from '../artifacts/names.js';
import { parseOpening, parseProofDocument, type OpeningDocument } from '../artifacts/proof-document.js';
import type { Hex, ProofDocument, TensorSpec } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { commitPart } from '../statement/elements.js';
import { inferenceIdentity, type BatchSubject, type Identity } from './identity.js';
import { summaryField, type BatchSummary } from './summary.js';

const SUMMARY = 'summary.json';
const FAILURES = 'failed.jsonl';
const RESULT = /^(\d{6,})\.json$/;
/** Temporary files of replaceFile that a killed process left behind. */
const LEFTOVER = /^\.(?:\d{6,}(?:\.opening)?\.json|summary\.json|failed\.jsonl)\.[0-9a-f]{12}\.tmp$/;

/** Writes a whole file or nothing: writeFileAtomic, or what a test puts in its place. */
export type WriteFile = typeof writeFileAtomic;

export interface ResultsOptions {
  readonly subject: BatchSubject;
  /** Dtype of the input's elements. */
  readonly dtype: TensorSpec['dtype'];
  readonly write?: WriteFile;
}

export interface Result {
  readonly document: ProofDocument;
  readonly opening?: OpeningDocument;
}

export class ResultsFolder {
  readonly path: string;
  readonly #options: ResultsOptions;
  readonly #write: WriteFile;

  private constructor(path: string, options: ResultsOptions) {
    this.path = path;
    this.#options = options;
    this.#write = options.write ?? writeFileAtomic;
  }

  /**
   * Makes a folder for results, or takes up the one of an earlier run.
   *
   * @throws ARTIFACT_MISMATCH where its results are of another model, other weights or another context; USAGE where it holds anything else; IO
   */
  static async open(path: string, options: ResultsOptions): Promise<ResultsFolder> {
    const folder = new ResultsFolder(path, options);
    try {
      await mkdir(path, { recursive: true });
    } catch (error) {
      throw asIoError('write', path, error);
    }
    const before = await folder.#readSummary();
    if (before !== undefined) folder.#assertSubject(before, join(path, SUMMARY));
    else if ((await readdir(path)).some((name) => !LEFTOVER.test(name))) {
      throw new ZkinferError('USAGE', `${path} holds other files`, {
        location: { file: path },
        hint: 'give a folder that is new, empty or of the same batch',
      });
    }
    for await (const { name } of await opendir(path)) {
      if (LEFTOVER.test(name)) await rm(join(path, name), { force: true });
    }
    return folder;
  }

  get failuresPath(): string {
    return join(this.path, FAILURES);
  }

  /** `000042.json` of the folder. */
  resultPath(index: number): string {
    return join(this.path, `${index.toString().padStart(6, '0')}.json`);
  }

  /**
   * Whether there is a result for an input.
   *
   * @throws ARTIFACT_MISMATCH where it is of another input; ARTIFACT_FORMAT where the file is no proof; IO
   */
  async has(index: number, identity: Identity): Promise<boolean> {
    const file = this.resultPath(index);
    const document = await this.read(index);
    if (document === undefined) return false;
    const { statement } = document;
    this.#assertSubject({ modelId: document.modelId, context: statement.context, ...weights(statement) }, file);
    const elements = document.input ?? (await this.#openInput(document, file));
    if (inferenceIdentity(this.#options.subject, elements) === identity) return true;
    throw new ZkinferError('ARTIFACT_MISMATCH', `${file} is the proof of another input`, {
      location: { file },
      hint: 'give the same inputs as before, in the same order, or another output folder',
    });
  }

  /**
   * The proof of an input; its form is checked, nothing else.
   * @returns undefined where there is none
   * @throws ARTIFACT_FORMAT, IO
   */
  async read(index: number): Promise<ProofDocument | undefined> {
    const file = this.resultPath(index);
    try {
      return parseProofDocument(await readJsonFile(file), file);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      if (!(error instanceof ZkinferError) || error.code !== 'ARTIFACT_FORMAT') throw error;
      throw new ZkinferError('ARTIFACT_FORMAT', error.message, {
        cause: error,
        location: { file },
        hint: 'remove the file to have the proof made again',
      });
    }
  }

  /** Writes a proof, and before it the opening of its committed parts, readable for its owner only. @throws IO */
  async write(index: number, { document, opening }: Result): Promise<void> {
    const file = this.resultPath(index);
    if (opening !== undefined) await this.#write(openingPath(file), toJson(opening), { mode: 0o600 });
    await this.#write(file, toJson(document));
  }

  /** @throws IO */
  async writeSummary(summary: BatchSummary): Promise<void> {
    await this.#write(join(this.path, SUMMARY), toJson(summary));
  }

  /** Numbers of the results that are there, in no order. @throws IO */
  async *indexes(): AsyncGenerator<number> {
    for await (const { name } of await opendir(this.path)) {
      const match = RESULT.exec(name);
      if (match !== null) yield Number(match[1]);
    }
  }

  async #readSummary(): Promise<BatchSummary | undefined> {
    const file = join(this.path, SUMMARY);
    try {
      return parseDocument(summaryField, await readJsonFile(file), file);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  #assertSubject(found: BatchSubject, file: string): void {
    const { subject } = this.#options;
    const names = { modelId: 'another model', weightsCommitment: 'other weights', context: 'another context' } as const;
    for (const [field, what] of Object.entries(names) as [keyof typeof names, string][]) {
      if (found[field] === subject[field]) continue;
      throw new ZkinferError('ARTIFACT_MISMATCH', `${file} is of ${what}`, {
        location: { file },
        hint: 'give another output folder',
      });
    }
  }

  /** The committed input of a proof, from the opening beside it. */
  async #openInput({ modelId, statement }: ProofDocument, proof: string): Promise<readonly number[]> {
    const file = openingPath(proof);
    let part: OpeningDocument['input'];
    try {
      const bytes = await readFileBytes(file);
      const opening = parseOpening(JSON.parse(new TextDecoder().decode(bytes)) as unknown, file);
      if (opening.modelId === modelId) part = opening.input;
    } catch (cause) {
      throw unopened(proof, cause);
    }
    if (part === undefined) throw unopened(proof);
    const commitment = await commitPart(part.elements, this.#options.dtype, BigInt(part.salt));
    if (commitment.toString() !== statement.inputCommitment) throw unopened(proof);
    return part.elements;
  }
}

function unopened(proof: string, cause?: unknown): ZkinferError {
  return new ZkinferError('ARTIFACT_MISMATCH', `the opening of ${proof} is not there: its input is not known`, {
    cause,
    location: { file: openingPath(proof) },
    hint: 'put the opening back, or remove the proof to have another one made',
  });
}

function weights({ weightsCommitment }: ProofDocument['statement']): { weightsCommitment?: Hex } {
  if (weightsCommitment === undefined) return {};
  return { weightsCommitment: `0x${BigInt(weightsCommitment).toString(16).padStart(64, '0')}` };
}

function toJson(document: object): string {
  return `${JSON.stringify(document, null, 1)}\n`;
}
