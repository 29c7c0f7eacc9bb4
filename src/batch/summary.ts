/** summary.json: what a results folder is of, and how its last run went. */
import { integer, object, oneOf, optional, text } from '../artifacts/fields.js';
import type { Field } from '../artifacts/fields.js';
import { hash32 } from '../artifacts/manifest.js';
import type { Hex } from '../artifacts/types.js';

/** Times of single proofs, from the input to the verified proof, in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** One run of a batch: since the command was given last. */
export interface BatchRun {
  readonly proved: number;
  readonly failed: number;
  /** Inputs that had a result or a failure already. */
  readonly skipped: number;
  readonly milliseconds: number;
  /** Of the time in which proofs were made. */
  readonly proofsPerMinute: number;
  /** Absent without proofs. */
  readonly latency?: Latency;
  /** Largest resident size of the process, mapped files included as far as they were touched. */
  readonly peakMemoryBytes: number;
  /** Absent where there was nothing to prove. */
  readonly backend?: string;
  readonly workers?: number;
  readonly threads?: number;
}

export interface BatchSummary {
  readonly format: 'zkinfer-batch';
  readonly version: 1;
  readonly modelId: Hex;
  readonly context: Hex;
  readonly weightsCommitment?: Hex;
  /** `running`: or the process was killed. `stopped`: by an error. */
  readonly state: 'running' | 'finished' | 'interrupted' | 'stopped';
  /** Inputs that were seen: all of them, where the run is finished. */
  readonly inputs: number;
  /** Results and failures in the folder, of these inputs. */
  readonly proved: number;
  readonly failed: number;
  readonly run: BatchRun;
}

const count = integer(0);
const number: Field<number> = {
  parse: (value, path) => (typeof value === 'number' && value >= 0 ? value : count.parse(value, path)),
  schema: { type: 'number', minimum: 0 },
};

export const summaryField = object<BatchSummary>({
  format: oneOf('zkinfer-batch'),
  version: oneOf(1),
  modelId: hash32,
  context: hash32,
  weightsCommitment: optional(hash32),
  state: oneOf('running', 'finished', 'interrupted', 'stopped'),
  inputs: count,
  proved: count,
  failed: count,
  run: object<BatchRun>({
    proved: count,
    failed: count,
    skipped: count,
    milliseconds: number,
    proofsPerMinute: number,
    latency: optional(object<Latency>({ p50: number, p90: number, p99: number, max: number })),
    peakMemoryBytes: count,
    backend: optional(text(/^[^]*$/, 'text')),
    workers: optional(integer(1)),
    threads: optional(integer(1)),
  }),
});
