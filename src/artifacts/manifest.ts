/** manifest.json: what an artifact directory holds, and the hashes that tie it together. */
import { ZkinferError } from '../errors.js';
import { asIoError, readFileBytes, sha256File, systemErrorCode, writeFileAtomic } from './files.js';
import type { WriteOptions } from './files.js';
import { dictionary, integer, list, object, oneOf, optional, positiveNumber, refuse, text } from './fields.js';
import type { Field } from './fields.js';
import { architectureField } from './architecture.js';
import { ArtifactName, artifactPath } from './names.js';
import type {
  CertificateSummary,
  Hex,
  LayerReport,
  Manifest,
  StatementLayout,
  TensorSpec,
  Visibility,
} from './types.js';

const count = integer(0);
const shape = list(integer(1));
const name = text(/^[^]*$/, 'text');
const visibility: Field<Visibility> = oneOf('public', 'committed');
const sha256 = text(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex');
export const hash32: Field<Hex> = text<Hex>(/^0x[0-9a-f]{64}$/, '0x and 64 lower-case hex digits');

export const tensorSpecField = object<TensorSpec>(
  {
    name,
    dtype: oneOf('int8', 'uint8'),
    shape,
    scale: positiveNumber,
    zeroPoint: integer(-128, 255),
    edge: oneOf('float', 'integer'),
  },
  (spec, path) => {
    const [minimum, maximum] = spec.dtype === 'int8' ? [-128, 127] : [0, 255];
    if (spec.zeroPoint < minimum || spec.zeroPoint > maximum) refuse(`${path}.zeroPoint`, `within ${spec.dtype}`);
    if (Math.fround(spec.scale) !== spec.scale) refuse(`${path}.scale`, 'a float32');
  },
);

const statement = object<StatementLayout>(
  {
    input: visibility,
    output: visibility,
    weights: optional(oneOf('fixed', 'committed')),
    inputs: list(tensorSpecField, 1),
    outputs: list(tensorSpecField, 1),
  },
  (layout, path) => {
    for (const part of ['inputs', 'outputs'] as const) {
      const specs = layout[part];
      if (specs.some((spec) => spec.dtype !== specs[0]!.dtype)) refuse(`${path}.${part}`, 'tensors of one dtype');
      if (new Set(specs.map((spec) => spec.name)).size !== specs.length) refuse(`${path}.${part}`, 'of distinct names');
    }
  },
);

/** The manifest as it is read: every field checked, unknown ones refused. */
export const manifestField: Field<Manifest> = object<Manifest>(
  {
    format: oneOf('zkinfer-manifest'),
    version: oneOf(1),
    versions: object<Manifest['versions']>({ zkinfer: name, circom: name }),
    modelId: hash32,
    files: dictionary(
      /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/,
      object<{ sha256: string; bytes: number }>({ sha256, bytes: count }),
    ),
    batch: integer(1),
    statement,
    architecture: optional(architectureField),
    circuit: object<Manifest['circuit']>(
      { constraints: count, nonlinear: count, linear: count, wires: count, domainPower: integer(1, 28) },
      (circuit, path) => {
        if (circuit.nonlinear + circuit.linear !== circuit.constraints)
          refuse(`${path}.constraints`, 'nonlinear + linear');
      },
    ),
    layers: list(object<LayerReport>({ name, op: name, shape, macs: count, constraints: count, requantized: count })),
    certificate: object<CertificateSummary>({
      channels: count,
      powerOfTwo: count,
      smallMultiplier: count,
      arbitrary: count,
      withExceptions: count,
      exceptions: count,
      thresholdsChecked: count,
    }),
    setup: optional(
      object<NonNullable<Manifest['setup']>>(
        {
          kind: oneOf('development', 'ptau'),
          ptauSha256: optional(sha256),
          ptauOrigin: optional(oneOf('hermez', 'development', 'unknown')),
        },
        (setup, path) => {
          if ((setup.kind === 'ptau') !== (setup.ptauSha256 !== undefined)) {
            refuse(`${path}.ptauSha256`, 'present exactly for kind "ptau"');
          }
          if (setup.kind !== 'ptau' && setup.ptauOrigin !== undefined) {
            refuse(`${path}.ptauOrigin`, 'present only for kind "ptau"');
          }
        },
      ),
    ),
  },
  ({ statement, architecture }) => {
    if ((statement.weights === 'committed') !== (architecture !== undefined)) {
      refuse('architecture', 'present exactly for committed weights');
    }
  },
);

/**
 * Reads JSON that is trusted to hold no private values.
 *
 * @throws IO, ARTIFACT_FORMAT
 */
export async function readJsonFile(path: string): Promise<unknown> {
  const bytes = await readFileBytes(path);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw new ZkinferError('ARTIFACT_FORMAT', `${path} is not JSON`, { location: { file: path }, cause: error });
  }
}

/** Checks one document; errors name the file and the field. */
export function parseDocument<T>(field: Field<T>, json: unknown, file: string): T {
  try {
    return field.parse(json, '');
  } catch (error) {
    if (!(error instanceof ZkinferError) || error.location?.tensor === undefined) throw error;
    throw new ZkinferError(error.code, `${file}: ${error.message}`, {
      location: { file, tensor: error.location.tensor },
    });
  }
}

/**
 * Reads and checks the manifest of an artifact directory.
 *
 * @throws ARTIFACT_MISSING where `dir` holds no manifest; ARTIFACT_FORMAT naming the field that is wrong
 */
export async function readManifest(dir: string): Promise<Manifest> {
  const path = artifactPath(dir, ArtifactName.manifest);
  let json: unknown;
  try {
    json = await readJsonFile(path);
  } catch (error) {
    if (isMissing(error)) {
      throw new ZkinferError('ARTIFACT_MISSING', `${dir} is not an artifact directory: it has no manifest.json`, {
        location: { file: path },
        hint: 'make one with `zkinfer compile MODEL.onnx -o DIR`',
      });
    }
    throw error;
  }
  return parseDocument(manifestField, json, path);
}

/** Writes the manifest, whole or not at all. */
export async function writeManifest(dir: string, manifest: Manifest, options: WriteOptions = {}): Promise<void> {
  const checked = manifestField.parse(manifest, '');
  await writeFileAtomic(artifactPath(dir, ArtifactName.manifest), `${JSON.stringify(checked, null, 2)}\n`, options);
}

/**
 * Hashes files that were just written, sets their entries and whatever `change` says, and writes the manifest.
 *
 * @returns the new manifest
 */
export async function updateManifest(
  dir: string,
  written: readonly ArtifactName[],
  change: (manifest: Manifest) => Manifest = (manifest) => manifest,
  options: WriteOptions = {},
): Promise<Manifest> {
  const manifest = await readManifest(dir);
  const files = { ...manifest.files };
  for (const file of written) files[file] = await sha256File(artifactPath(dir, file), options.signal);
  const updated = change({ ...manifest, files });
  await writeManifest(dir, updated, options);
  return updated;
}

/**
 * Checks that files of the directory are the ones the manifest names.
 *
 * @throws ARTIFACT_MISSING, ARTIFACT_MISMATCH
 */
export async function checkFiles(
  dir: string,
  manifest: Manifest,
  names: readonly ArtifactName[],
  signal?: AbortSignal,
): Promise<void> {
  for (const file of names) {
    const path = artifactPath(dir, file);
    const expected = manifest.files[file];
    if (expected === undefined) {
      throw new ZkinferError('ARTIFACT_MISSING', `${dir} has no ${file} yet`, {
        location: { file: path },
        hint: maker(file),
      });
    }
    const actual = await sha256File(path, signal).catch((error: unknown) => {
      if (!isMissing(error)) throw asIoError('read', path, error);
      throw new ZkinferError('ARTIFACT_MISSING', `${path} is missing`, { location: { file: path }, hint: maker(file) });
    });
    if (actual.sha256 !== expected.sha256 || actual.bytes !== expected.bytes) {
      throw new ZkinferError('ARTIFACT_MISMATCH', `${path} is not the file that manifest.json names`, {
        location: { file: path },
        hint: `it was changed or belongs to another model; ${maker(file)}`,
      });
    }
  }
}

function maker(file: ArtifactName): string {
  const isKey = file === ArtifactName.provingKey || file === ArtifactName.verificationKey;
  return isKey
    ? 'make it with `zkinfer setup DIR --dev` or `--ptau FILE`'
    : 'make it with `zkinfer compile MODEL.onnx -o DIR`';
}

function isMissing(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
