/** The smallest fixture model with keys, and inputs for it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileModel, setupDevelopment } from '../../../src/index.js';
import type { CompileOptions } from '../../../src/index.js';

const MODEL = join(import.meta.dirname, '../../../fixtures/iris-mlp/model.qdq-u8u8.onnx');

export interface IrisFolder {
  readonly path: string;
  /** Artifact directory. */
  readonly dir: string;
  /** A file beside it. */
  readonly file: (name: string, content: string | Uint8Array) => Promise<string>;
  readonly remove: () => Promise<void>;
}

export async function makeIris(options: CompileOptions = {}): Promise<IrisFolder> {
  const path = await mkdtemp(join(tmpdir(), 'zkinfer-batch-'));
  const dir = join(path, 'artifacts');
  await compileModel(MODEL, dir, options);
  await setupDevelopment(dir);
  return {
    path,
    dir,
    file: async (name, content) => {
      const target = join(path, name);
      await mkdir(join(target, '..'), { recursive: true });
      await writeFile(target, content);
      return target;
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

/** Quantized inputs, for `integers`; the first element is the index, so that neighbours differ. */
export function irisSamples(count: number, first = 0): number[][] {
  return Array.from({ length: count }, (_, i) => [(first + i) % 200, ((first + i) >> 8) % 256, 7, 9]);
}

export function jsonl(samples: readonly (readonly number[] | string)[]): string {
  return samples.map((sample) => `${typeof sample === 'string' ? sample : JSON.stringify(sample)}\n`).join('');
}
