/** Quantized models with golden data in a folder outside the project. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import onnxProto from 'onnx-proto';
import { isUnreadable } from '../../src/onnx/model.js';
import { decodeTensor } from '../../src/onnx/tensor.js';
import { readNpz } from './npz.js';

/** Elements of the model's graph input and of its graph output, as the model takes and gives them. */
export interface GoldenSample {
  readonly input: readonly number[];
  readonly output: readonly number[];
}

export interface FolderModel {
  /** Path of the .onnx file. */
  readonly path: string;
  /** Empty where the folder has no golden data for the model. */
  readonly samples: readonly GoldenSample[];
}

/**
 * All models below a folder, float ones (float.onnx, *.float.onnx) excepted. Golden data of `model.<variant>.onnx` are inputs.npz (x) and
 * golden.<variant>.npz (y_ref) beside it; of any other model golden/<name>/test_data_set_<k>/input_0.pb and output_0.pb in its folder,
 * with the model's file name in golden/<name>/MODEL.txt.
 */
export function findModels(folder: string): FolderModel[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.onnx') && !/(^|[./\\])float\.onnx$/.test(file))
    .toSorted()
    .map((file) => {
      const path = join(folder, file);
      const variant = /^model\.(.+)\.onnx$/.exec(basename(file))?.[1];
      return { path, samples: variant === undefined ? conformanceSamples(path) : npzSamples(path, variant) };
    });
}

function npzSamples(path: string, variant: string): GoldenSample[] {
  const golden = join(dirname(path), `golden.${variant}.npz`);
  if (!existsSync(golden)) return [];
  const x = readNpz(join(dirname(path), 'inputs.npz')).x!;
  const y = readNpz(golden).y_ref!;
  const count = x.shape[0]!;
  const part = (data: readonly number[], i: number): readonly number[] =>
    data.slice((i * data.length) / count, ((i + 1) * data.length) / count);
  return Array.from({ length: count }, (_, i) => ({
    input: part(x.data as number[], i),
    output: part(y.data as number[], i),
  }));
}

function conformanceSamples(path: string): GoldenSample[] {
  const golden = join(dirname(path), 'golden');
  if (!existsSync(golden)) return [];
  const name = readdirSync(golden).find((entry) => {
    const file = join(golden, entry, 'MODEL.txt');
    return existsSync(file) && basename(readFileSync(file, 'utf8').trim()) === basename(path);
  });
  if (name === undefined) return [];
  return readdirSync(join(golden, name))
    .filter((entry) => entry.startsWith('test_data_set_'))
    .toSorted()
    .map((set) => {
      const read = (file: string): number[] => readTensor(join(golden, name, set, file));
      return { input: read('input_0.pb'), output: read('output_0.pb') };
    });
}

function readTensor(path: string): number[] {
  const tensor = decodeTensor(onnxProto.onnx.TensorProto.decode(readFileSync(path)));
  if (isUnreadable(tensor)) throw new Error(`${path}: ${tensor.unreadable}`);
  return Array.from(tensor.data, Number);
}
