/** Proofs in a worker thread. */
import { workerData } from 'node:worker_threads';
import type { Hex, Manifest, ProofDocument } from '../artifacts/types.js';
import type { OpeningDocument } from '../artifacts/proof-document.js';
import type { WeightsFile } from '../artifacts/weights-file.js';
import { stateError, type StatedError } from '../batch/messages.js';
import type { SampleTensor } from '../inputs/types.js';
import { selectNativeVariant, type NativeChoice } from '../native/load.js';
import type { BackendName } from '../prover/backends.js';
import { WitnessGenerator } from '../prover/witness.js';
import { openProver, proveInference, type Prover } from './prove.js';

/** What a worker proves with; its files have been checked. */
export interface ProveWorkerData {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly backend: BackendName;
  readonly threads: number;
  readonly weights?: WeightsFile;
  /** Of circuit.wasm, compiled once for all threads. */
  readonly witnessProgram: WebAssembly.Module;
  readonly native: NativeChoice;
}

export interface ProveTask {
  /** Absent: only load what proving takes. */
  readonly inputs?: readonly Pick<SampleTensor, 'name' | 'integers'>[];
  readonly context?: Hex;
  readonly inputSalt?: bigint;
  readonly outputSalt?: bigint;
}

export interface WorkerProof {
  readonly document: ProofDocument;
  /** Present where a part is committed. Private. */
  readonly opening?: OpeningDocument;
  /** Time from the input to the verified proof. */
  readonly milliseconds: number;
}

export type ProveReply =
  | { readonly kind: 'loaded' }
  | ({ readonly kind: 'proved' } & WorkerProof)
  /** `load`: nothing can be proved here, whatever the input. */
  | { readonly kind: 'failed'; readonly at: 'load' | 'proof'; readonly error: StatedError };

let loaded: Promise<Prover> | undefined;

function load(): Promise<Prover> {
  const { dir, manifest, native, witnessProgram, ...options } = workerData as ProveWorkerData;
  selectNativeVariant(native);
  return openProver(dir, manifest, { ...options, witnessGenerator: WitnessGenerator.of(witnessProgram) });
}

export async function runProveTask({ inputs, ...options }: ProveTask): Promise<ProveReply> {
  let prover: Prover;
  try {
    prover = await (loaded ??= load());
  } catch (error) {
    loaded = undefined;
    return { kind: 'failed', at: 'load', error: stateError(error) };
  }
  if (inputs === undefined) return { kind: 'loaded' };
  const started = performance.now();
  try {
    const { threads } = workerData as ProveWorkerData;
    const { document, opening } = await proveInference(prover, inputs, { threads, ...options });
    const milliseconds = performance.now() - started;
    return { kind: 'proved', document, ...(opening === undefined ? {} : { opening }), milliseconds };
  } catch (error) {
    return { kind: 'failed', at: 'proof', error: stateError(error) };
  }
}
