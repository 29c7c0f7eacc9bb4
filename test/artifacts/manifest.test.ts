import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Bytes } from '../../src/artifacts/files.js';
import { checkFiles, readManifest, updateManifest, writeManifest } from '../../src/artifacts/manifest.js';
import { openingPath } from '../../src/artifacts/names.js';
import { SAMPLE_MANIFEST } from './samples.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zkinfer-manifest-'));
});
afterEach(() => rm(dir, { recursive: true }));

/** The sample with one field, given by its path, set to something else. */
function changed(path: string, value: unknown): unknown {
  const copy = structuredClone(SAMPLE_MANIFEST) as unknown;
  const keys = path.split('.');
  let place = copy as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) place = place[key] as Record<string, unknown>;
  if (value === undefined) Reflect.deleteProperty(place, keys.at(-1)!);
  else place[keys.at(-1)!] = value;
  return copy;
}

describe('readManifest', () => {
  it('reads what writeManifest wrote', async () => {
    await writeManifest(dir, SAMPLE_MANIFEST);
    expect(await readManifest(dir)).toEqual(SAMPLE_MANIFEST);
    expect(await readdir(dir)).toEqual(['manifest.json']);
  });

  it('says that a folder is no artifact directory', async () => {
    await expect(readManifest(dir)).rejects.toMatchObject({
      code: 'ARTIFACT_MISSING',
      hint: expect.stringContaining('zkinfer compile') as string,
    });
    await expect(readManifest(join(dir, 'none'))).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
  });

  it('refuses what is not JSON', async () => {
    await writeFile(join(dir, 'manifest.json'), '{"format":');
    await expect(readManifest(dir)).rejects.toMatchObject({ code: 'ARTIFACT_FORMAT' });
  });

  const wrong: readonly (readonly [path: string, value: unknown, field?: string])[] = [
    ['format', 'other'],
    ['version', 2],
    ['versions.circom', 3],
    ['modelId', '0xAB'],
    ['modelId', undefined],
    ['files', []],
    ['files.model/onnx', { sha256: 'ab'.repeat(32), bytes: 1 }],
    ['files.model~', { sha256: 'ab'.repeat(32), bytes: 1 }],
    ['statement.input', 'secret'],
    ['statement.inputs', []],
    ['statement.inputs.0.dtype', 'int16', 'statement.inputs[0].dtype'],
    ['statement.inputs.0.shape', [1, 0], 'statement.inputs[0].shape[1]'],
    ['statement.inputs.0.scale', 0, 'statement.inputs[0].scale'],
    ['statement.inputs.0.scale', 0.1, 'statement.inputs[0].scale'],
    ['statement.inputs.0.zeroPoint', -1, 'statement.inputs[0].zeroPoint'],
    ['statement.outputs.0.zeroPoint', 200, 'statement.outputs[0].zeroPoint'],
    ['statement.outputs.0.edge', undefined, 'statement.outputs[0].edge'],
    ['circuit.constraints', 11],
    ['circuit.domainPower', 29],
    ['layers.0.macs', -1, 'layers[0].macs'],
    ['layers.0.extra', 1, 'layers[0].extra'],
    ['certificate.exceptions', 1.5],
    ['setup.kind', 'ceremony'],
    ['setup.ptauSha256', undefined],
    ['setup.ptauOrigin', 'elsewhere'],
    ['surprise', 1],
  ];
  it.each(wrong.map(([path, value, field]) => ({ path, value, name: field ?? path })))(
    'refuses a wrong $path ($value)',
    async ({ path, value, name }) => {
      await writeFile(join(dir, 'manifest.json'), JSON.stringify(changed(path, value)));
      await expect(readManifest(dir)).rejects.toMatchObject({
        code: 'ARTIFACT_FORMAT',
        message: expect.stringContaining(`${name} must be`) as string,
        location: { tensor: name },
      });
    },
  );

  it('refuses two tensors of one name and parts of mixed dtypes', async () => {
    const [input] = SAMPLE_MANIFEST.statement.inputs;
    await writeFile(join(dir, 'manifest.json'), JSON.stringify(changed('statement.inputs', [input, input])));
    await expect(readManifest(dir)).rejects.toMatchObject({ code: 'ARTIFACT_FORMAT' });
    const mixed = [input, { ...input, name: 'z', dtype: 'int8' }];
    await writeFile(join(dir, 'manifest.json'), JSON.stringify(changed('statement.inputs', mixed)));
    await expect(readManifest(dir)).rejects.toMatchObject({ code: 'ARTIFACT_FORMAT' });
  });

  it('never writes a manifest that could not be read', async () => {
    await expect(writeManifest(dir, changed('modelId', '0x') as typeof SAMPLE_MANIFEST)).rejects.toMatchObject({
      code: 'ARTIFACT_FORMAT',
    });
    expect(await readdir(dir)).toEqual([]);
  });
});

describe('checkFiles', () => {
  beforeEach(async () => {
    await writeFile(join(dir, 'model.onnx'), 'model');
    await writeManifest(dir, { ...SAMPLE_MANIFEST, files: { 'model.onnx': sha256Bytes(Buffer.from('model')) } });
  });

  it('accepts the files that the manifest names', async () => {
    await expect(checkFiles(dir, await readManifest(dir), ['model.onnx'])).resolves.toBeUndefined();
  });

  it('finds a changed file', async () => {
    await writeFile(join(dir, 'model.onnx'), 'Model');
    await expect(checkFiles(dir, await readManifest(dir), ['model.onnx'])).rejects.toMatchObject({
      code: 'ARTIFACT_MISMATCH',
      location: { file: join(dir, 'model.onnx') },
    });
  });

  it('finds a file that is gone, and one that never was', async () => {
    await rm(join(dir, 'model.onnx'));
    const manifest = await readManifest(dir);
    await expect(checkFiles(dir, manifest, ['model.onnx'])).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
    await expect(checkFiles(dir, manifest, ['circuit.zkey'])).rejects.toMatchObject({
      code: 'ARTIFACT_MISSING',
      hint: expect.stringContaining('zkinfer setup') as string,
    });
  });

  it('updateManifest records new files', async () => {
    await writeFile(join(dir, 'circuit.zkey'), 'key');
    const updated = await updateManifest(dir, ['circuit.zkey'], (m) => ({ ...m, setup: { kind: 'development' } }));
    expect(updated.setup).toEqual({ kind: 'development' });
    await checkFiles(dir, await readManifest(dir), ['model.onnx', 'circuit.zkey']);
    expect(JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8'))).toEqual(updated);
  });
});

it('openings lie beside the proof', () => {
  expect(openingPath('out/proof.json')).toBe('out/proof.opening.json');
  expect(openingPath('proof')).toBe('proof.opening.json');
});
