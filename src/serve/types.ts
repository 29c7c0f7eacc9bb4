/** What a server is made of. */
import type { Manifest, TensorSpec, VerificationKey } from '../artifacts/types.js';
import type { ApiKeys } from './keys.js';
import type { JobBook } from './jobs.js';

/** A model that a server proves inferences of. */
export interface ServedModel {
  /** For people: the name of its folder. */
  readonly name: string;
  readonly manifest: Manifest;
  readonly inputs: readonly TensorSpec[];
  readonly verificationKey: VerificationKey;
}

/** A file of the page, whole. */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

export interface ServerOptions {
  readonly models: readonly ServedModel[];
  readonly jobs: JobBook;
  /** Without keys everybody may ask. */
  readonly keys?: ApiKeys;
  /** Files by their path, `/` among them. */
  readonly page: ReadonlyMap<string, PageFile>;
  /** Bytes that a request may have. */
  readonly bodyLimit: number;
  /** Milliseconds in which a request must have come whole. */
  readonly requestTimeout: number;
  /** Connections at a time. */
  readonly connections: number;
  readonly version: string;
}
