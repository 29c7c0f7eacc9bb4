/** What the server answers (see /openapi.json). */
import type { Manifest, TensorSpec } from '../src/artifacts/types.js';

export interface Model {
  readonly modelId: string;
  readonly name: string;
  readonly input: 'public' | 'committed';
  readonly output: 'public' | 'committed';
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly constraints: number;
  readonly developmentKey: boolean;
  readonly verificationKey: string;
}

export interface Inference {
  readonly id: string;
  readonly modelId: string;
  readonly status: 'queued' | 'proving' | 'proved' | 'failed' | 'cancelled';
  readonly ahead?: number;
  readonly createdAt: string;
  readonly milliseconds?: number;
  readonly output?: readonly number[];
  readonly proof?: string;
  readonly error?: { readonly message: string; readonly hint?: string };
}

export interface Queue {
  readonly queued: number;
  readonly proving: number;
  readonly proved: number;
  readonly failed: number;
}

export type { Manifest };
