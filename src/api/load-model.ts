/** A model ready to be evaluated: from an ONNX file, or from an artifact directory whose model it is. */
import { stat } from 'node:fs/promises';
import { readFileBytes } from '../artifacts/files.js';
import { checkFiles, readManifest } from '../artifacts/manifest.js';
import { ArtifactName, artifactPath } from '../artifacts/names.js';
import type { Manifest, TensorSpec } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import type { Graph, GraphEdge } from '../ir/types.js';
import { lowerModel } from './lower-model.js';

export interface LoadedModel {
  /** Contents of the ONNX file. */
  readonly bytes: Uint8Array;
  /** In the integer dialect. */
  readonly graph: Graph;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Present when it was loaded from an artifact directory. */
  readonly manifest?: Manifest;
}

/**
 * Loads a model for `runModel`.
 *
 * @param path an ONNX file or an artifact directory
 * @throws USAGE for a directory with committed weights; IO; ARTIFACT_MISSING, ARTIFACT_MISMATCH, ARTIFACT_FORMAT for a directory; what import and passes throw for the model
 */
export async function loadModel(path: string): Promise<LoadedModel> {
  if (!(await isDirectory(path))) return modelFromBytes(await readFileBytes(path));
  const manifest = await readManifest(path);
  if (manifest.statement.weights === 'committed') {
    throw new ZkinferError('USAGE', `${path} was compiled for committed weights: it holds no model`, {
      location: { file: path },
      hint: 'name the ONNX file instead',
    });
  }
  await checkFiles(path, manifest, [ArtifactName.model]);
  const bytes = await readFileBytes(artifactPath(path, ArtifactName.model));
  return { ...modelFromBytes(bytes, manifest.batch), manifest };
}

/** The same for the contents of an ONNX file; its tensors carry a batch of more than 1 in front. */
export function modelFromBytes(bytes: Uint8Array, batch = 1): LoadedModel {
  const graph = lowerModel(bytes, { batch });
  return { bytes, graph, inputs: tensorSpecs(graph, graph.inputs), outputs: tensorSpecs(graph, graph.outputs) };
}

/** The tensors of graph inputs or outputs, as the proof and as the user see them. */
export function tensorSpecs(graph: Graph, edges: readonly GraphEdge[]): TensorSpec[] {
  return edges.map(({ name, value: valueName, kind, shape }) => {
    const value = graph.values.get(valueName);
    if (!value?.quantization || (value.dtype !== 'int8' && value.dtype !== 'uint8')) {
      throw new ZkinferError('INTERNAL', `the value at ${name} is not quantized`, { location: { tensor: name } });
    }
    return { name, dtype: value.dtype, shape, ...value.quantization, edge: kind };
  });
}

export async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
