import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { readFileBytes, sha256File } from '../artifacts/files.js';
import { writeManifest } from '../artifacts/manifest.js';
import { ArtifactName, artifactPath } from '../artifacts/names.js';
import type { Manifest } from '../artifacts/types.js';
import { compileCircuit } from '../circom/compile.js';
import { domainPower, readR1cs } from '../circom/r1cs.js';
import { circomVersion } from '../circom/run.js';
import { throwIfAborted, ZkinferError } from '../errors.js';
import { lowerModel } from './lower-model.js';
import type { WorkOptions } from '../progress.js';
import { architectureIdOf, modelIdOf } from '../statement/challenge.js';
import { ZKINFER_VERSION } from '../artifacts/version.js';
import type { TargetOptions } from './target.js';
import { circuitTarget } from './target.js';

export interface CompileOptions extends TargetOptions, WorkOptions {
  /** Inferences that one proof is about; default 1. */
  readonly batch?: number;
}

export interface CompileResult {
  readonly manifest: Manifest;
  /** Constraints that the plan predicted, before circom ran. */
  readonly predictedConstraints: number;
}

/**
 * Compiles an ONNX model to an artifact directory: model.onnx, circuit.circom, .r1cs, .sym, .wasm and manifest.json. Keys of an
 * earlier circuit in the directory are removed, as they no longer fit. With committed weights there is no model.onnx: the model stays with
 * its owner.
 *
 * @param outDir created if missing; must be empty or an artifact directory
 * @throws MODEL_* (all problems of the model at once), USAGE for a folder with other contents, IO, TOOL_FAILED, ABORTED. On any error the
 *         directory is as before.
 */
export async function compileModel(
  modelPath: string,
  outDir: string,
  options: CompileOptions = {},
): Promise<CompileResult> {
  const { batch = 1, signal, onProgress } = options;
  await assertUsable(outDir);
  onProgress?.({ stage: 'reading model' });
  const model = await readFileBytes(modelPath);
  const graph = lowerModel(model, { batch });
  throwIfAborted(signal);
  onProgress?.({ stage: 'planning circuit' });
  const target = circuitTarget(graph, options);
  const { architecture } = target;
  const names = architecture ? COMPILED.filter((name) => name !== ArtifactName.model) : COMPILED;
  throwIfAborted(signal);

  const parent = dirname(resolve(outDir));
  await mkdir(parent, { recursive: true }).catch(ioError(parent));
  const temporary = await mkdtemp(join(parent, `.${basename(outDir)}.`)).catch(ioError(parent));
  try {
    onProgress?.({ stage: 'compiling circuit' });
    await compileCircuit(target.emit(), temporary, { signal });
    if (!architecture) await writeFile(join(temporary, ArtifactName.model), model);
    onProgress?.({ stage: 'hashing artifacts' });
    const r1cs = await readR1cs(join(temporary, ArtifactName.constraints));
    const files = await hashFiles(temporary, names);
    const manifest: Manifest = {
      format: 'zkinfer-manifest',
      version: 1,
      versions: { zkinfer: ZKINFER_VERSION, circom: circomVersion() },
      modelId: architecture
        ? architectureIdOf(files[ArtifactName.constraints]!.sha256)
        : modelIdOf(files[ArtifactName.model]!.sha256, files[ArtifactName.constraints]!.sha256),
      files,
      batch,
      statement: target.statement,
      ...(architecture && { architecture }),
      circuit: {
        constraints: r1cs.nConstraints,
        nonlinear: r1cs.nonlinear,
        linear: r1cs.linear,
        wires: r1cs.nWires,
        domainPower: domainPower(r1cs),
      },
      layers: target.reports,
      certificate: target.certificate,
    };
    await writeManifest(temporary, manifest);
    throwIfAborted(signal);
    await moveInto(temporary, outDir, names);
    return { manifest, predictedConstraints: target.constraints };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

const COMPILED: readonly ArtifactName[] = [
  ArtifactName.model,
  ArtifactName.circuit,
  ArtifactName.constraints,
  ArtifactName.symbols,
  ArtifactName.witnessProgram,
];

async function hashFiles(
  folder: string,
  names: readonly ArtifactName[],
): Promise<Record<string, { sha256: string; bytes: number }>> {
  const files: Record<string, { sha256: string; bytes: number }> = {};
  for (const name of names) files[name] = await sha256File(join(folder, name));
  return files;
}

async function assertUsable(outDir: string): Promise<void> {
  const entries: string[] = await readdir(outDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new ZkinferError('IO', `${outDir} is not a folder that can be written`, {
      location: { file: outDir },
      cause: error,
    });
  });
  if (entries.length === 0 || entries.includes(ArtifactName.manifest)) return;
  throw new ZkinferError('USAGE', `${outDir} holds other files`, {
    location: { file: outDir },
    hint: 'Name a new or empty folder, or one that an earlier compile made.',
  });
}

/** Puts the files in place one by one, the manifest last: until it is there, the directory does not pass for complete. */
async function moveInto(temporary: string, outDir: string, names: readonly ArtifactName[]): Promise<void> {
  await mkdir(outDir, { recursive: true }).catch(ioError(outDir));
  const stale = [ArtifactName.manifest, ArtifactName.model, ArtifactName.provingKey, ArtifactName.verificationKey];
  for (const name of stale) await rm(artifactPath(outDir, name), { force: true });
  for (const name of [...names, ArtifactName.manifest]) await rename(join(temporary, name), artifactPath(outDir, name));
}

function ioError(path: string): (cause: unknown) => never {
  return (cause) => {
    throw new ZkinferError('IO', `cannot write ${path}`, { location: { file: path }, cause });
  };
}
