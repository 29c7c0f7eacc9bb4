/** The model of an artifact directory, as a queue knows it. */
import { join } from 'node:path';
import { sha256File } from '../artifacts/files.js';
import { ArtifactName, artifactPath } from '../artifacts/names.js';
import type { Manifest } from '../artifacts/types.js';
import type { WeightsFile } from '../artifacts/weights-file.js';
import { ZkinferError } from '../errors.js';
import { fetchModel, listModels, queueModel, type QueueModelFiles, type TransferOptions } from '../queue/models.js';
import type { Queue } from '../queue/open.js';
import type { WorkOptions } from '../progress.js';
import { readWeightsFile } from './commit.js';
import { isDirectory } from './load-model.js';
import { checkProver, proverFiles } from './prove.js';

export interface DirectoryModel {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly model: QueueModelFiles;
  readonly weights?: WeightsFile;
}

/**
 * Reads and checks what proving takes of a directory.
 *
 * @param weights where they are committed: the file, or its path
 * @throws as loadProver
 */
export async function readDirectoryModel(
  dir: string,
  { weights: given, ...work }: WorkOptions & { readonly weights?: string | WeightsFile } = {},
): Promise<DirectoryModel> {
  const manifest = await checkProver(dir, { ...work, ...(given === undefined ? {} : { weights: given }) });
  const weights = typeof given === 'string' ? await readWeightsFile(given, manifest) : given;
  const names = proverFiles(manifest);
  const model = queueModel({
    modelId: manifest.modelId,
    verificationKey: manifest.files[ArtifactName.verificationKey]!.sha256,
    ...(weights === undefined ? {} : { weightsCommitment: weights.commitment }),
  });
  const { sha256 } = await sha256File(artifactPath(dir, ArtifactName.manifest));
  const files = Object.fromEntries([
    ...names.map((name) => [name, manifest.files[name]!.sha256] as const),
    [ArtifactName.manifest, sha256],
  ]);
  return { dir, manifest, model: { ...model, files }, ...(weights === undefined ? {} : { weights }) };
}

/** What verifying takes: small, and always sent. */
export const VERIFIER_FILES: readonly string[] = [ArtifactName.manifest, ArtifactName.verificationKey];

/** The folder of a model within a cache. */
export function cachePath(cache: string, { key }: QueueModelFiles): string {
  return join(cache, key);
}

/**
 * Brings a model of a queue into a cache and checks that it is what the queue says.
 * @throws as fetchModel and loadProver; ARTIFACT_MISMATCH
 */
export async function fetchDirectoryModel(
  queue: Queue,
  model: QueueModelFiles,
  cache: string,
  options: TransferOptions,
): Promise<DirectoryModel> {
  const dir = cachePath(cache, model);
  await fetchModel(queue, model, dir, options);
  const fetched = await readDirectoryModel(dir, options);
  if (fetched.model.key === model.key) return fetched;
  throw new ZkinferError('ARTIFACT_MISMATCH', `the queue holds the files of another model for ${model.modelId}`);
}

/**
 * The models of a queue that a user means.
 *
 * @param target artifact directory, model id (0x...) or key of a model; default: all models
 * @throws QUEUE_MODEL where there is none; as readManifest
 */
export async function findModels(queue: Queue, target?: string): Promise<QueueModelFiles[]> {
  const models = await listModels(queue);
  if (target === undefined) return models;
  const found = await selectModels(models, target);
  if (found.length > 0) return found;
  throw new ZkinferError('QUEUE_MODEL', `the queue does not know the model ${target}`, {
    hint: 'see `zkinfer queue status`, and queue inputs with `zkinfer batch DIR --inputs DATA --queue URL`',
  });
}

async function selectModels(models: readonly QueueModelFiles[], target: string): Promise<QueueModelFiles[]> {
  if (await isDirectory(target)) {
    const { sha256 } = await sha256File(artifactPath(target, ArtifactName.verificationKey));
    return models.filter(({ verificationKey }) => verificationKey === sha256);
  }
  const name = target.toLowerCase();
  return models.filter(({ key, modelId }) => key === name || modelId === name);
}
