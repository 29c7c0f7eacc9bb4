import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256File } from '../../src/artifacts/files.js';
import type { R1cs } from '../../src/circom/r1cs.js';
import { readR1cs } from '../../src/circom/r1cs.js';
import { readSym } from '../../src/circom/sym.js';
import { auditCircuit, compileModel, ExitCode, setupDevelopment } from '../../src/index.js';
import type { CompileOptions } from '../../src/index.js';
import { runCli } from '../cli/run-cli.js';
import { r1csBytes } from '../support/r1cs-bytes.js';
import { withoutRow } from '../support/without-row.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zkinfer-audit-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function compiled(model: string, options: CompileOptions): Promise<string> {
  const dir = await mkdtemp(join(folder, 'model-'));
  await compileModel(join('fixtures', `${model}.onnx`), dir, options);
  return dir;
}

const IRIS = 'iris-mlp/model.qdq-s8s8-pc';
const CASES: readonly (readonly [string, string, CompileOptions, string])[] = [
  ['iris', IRIS, {}, 'x'],
  ['iris, all committed', IRIS, { input: 'committed', output: 'committed' }, 'x, inputSalt, outputSalt'],
  ['iris, committed weights', IRIS, { weights: 'committed' }, 'x, weightsSalt, weights, numbers, exceptions'],
  [
    'iris, committed weights, input and output',
    IRIS,
    { weights: 'committed', input: 'committed', output: 'committed' },
    'x, inputSalt, outputSalt, weightsSalt, weights, numbers, exceptions',
  ],
  ['digits-cnn', 'digits-cnn/model.qdq-s8s8-pc', {}, 'x'],
  ['digits-cnn, unsigned', 'digits-cnn/model.qdq-u8u8', { output: 'committed' }, 'x, outputSalt'],
  [
    'digits-cnn, committed weights',
    'digits-cnn/model.qdq-s8s8-pc',
    { weights: 'committed' },
    'x, weightsSalt, weights, numbers, exceptions',
  ],
];

it.each(CASES)(
  '%s: inputs determine every signal, and so does what is hashed',
  async (name, model, options, inputs) => {
    const report = await auditCircuit(await compiled(model, options));
    expect(report).toMatchObject({
      ok: true,
      problems: [],
      undetermined: { count: 0, signals: [] },
      unbound: { count: 0, signals: [] },
      ranges: { wrapping: [] },
    });
    expect(report.inputs.map((input) => input.name).join(', ')).toBe(`C, r, s, ${inputs}`);
    expect(report.key).toBeUndefined();
    // Convolutions with committed weights are checked at a random point.
    const isChecked = name === 'digits-cnn, committed weights';
    expect(report.challenge === undefined).toBe(!isChecked);
    if (isChecked) expect(report.challenge).toEqual({ signal: 'main.challenge.out', degree: 799, bits: 243 });
  },
);

it('checks keys: their size, their verification key, and who made them', async () => {
  const dir = await compiled(IRIS, {});
  await setupDevelopment(dir);
  expect(await auditCircuit(dir)).toMatchObject({ ok: true, key: { singleParty: true } });
  // Another key that is safe by itself, with a manifest that names it.
  const other = await compiled(IRIS, { output: 'committed' });
  await setupDevelopment(other);
  for (const file of ['verification_key.json', 'circuit.zkey']) {
    const before = await readFile(join(dir, file));
    await writeFile(join(dir, file), await readFile(join(other, file)));
    await expect(auditCircuit(dir)).rejects.toMatchObject({ code: 'ARTIFACT_MISMATCH' });
    const manifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')) as {
      files: Record<string, unknown>;
    };
    const { files } = JSON.parse(await readFile(join(other, 'manifest.json'), 'utf8')) as typeof manifest;
    const changed = { ...manifest, files: { ...manifest.files, [file]: files[file] } };
    await writeFile(join(dir, 'manifest.json'), JSON.stringify(changed));
    const report = await auditCircuit(dir);
    expect(report.ok).toBe(false);
    expect(report.problems).toContain('verification_key.json is not the verification key of the key');
    await writeFile(join(dir, file), before);
    await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest));
  }
});

it('names signals and constraints where the circuit has lost a constraint, with exit code 1', async () => {
  const dir = await compiled(IRIS, {});
  expect((await runCli(['audit', dir])).code).toBe(0);
  const path = join(dir, 'circuit.r1cs');
  const r1cs = await readR1cs(path);
  const symbols = await readSym(join(dir, 'circuit.sym'));
  // The constraint that makes a bit of the first input element boolean.
  const bit = symbols.get('main.inRange[0].bits[0]')!;
  const isBooleanity = (row: number): boolean =>
    [r1cs.A, r1cs.B].every(({ offsets, wires }) => wires.subarray(offsets[row], offsets[row + 1]).includes(bit));
  const row = Array.from({ length: r1cs.nConstraints }, (_, i) => i).find(isBooleanity)!;
  await writeFile(path, bytesOf(withoutRow(r1cs, row)));
  expect((await runCli(['audit', dir])).code).toBe(ExitCode.Environment);
  const manifestPath = join(dir, 'manifest.json');
  const manifest = JSON.parse(await readFile(manifestPath, 'utf8')) as { files: Record<string, unknown> };
  manifest.files['circuit.r1cs'] = await sha256File(path);
  await writeFile(manifestPath, JSON.stringify(manifest));
  const { code, stdout } = await runCli(['audit', dir, '--json']);
  expect(code).toBe(ExitCode.Invalid);
  const document = JSON.parse(stdout) as { format: string; undetermined: { signals: { signal: string }[] } };
  expect(document).toMatchObject({ format: 'zkinfer-audit', version: 1, ok: false });
  expect(document.undetermined.signals.map(({ signal }) => signal)).toContain('main.inRange[0].bits[0]');
});

function bytesOf(r1cs: R1cs): Buffer {
  const terms = ({ offsets, wires, coefficients }: R1cs['A'], row: number): [number, bigint][] =>
    Array.from({ length: offsets[row + 1]! - offsets[row]! }, (_, i) => {
      const at = offsets[row]! + i;
      return [wires[at]!, r1cs.coefficients[coefficients[at]!]!];
    });
  const rows = Array.from({ length: r1cs.nConstraints }, (_, row) =>
    [r1cs.A, r1cs.B, r1cs.C].map((m) => terms(m, row)),
  );
  return r1csBytes({ wires: r1cs.nWires, rows, publicInputs: r1cs.nPubIn, privateInputs: r1cs.nPrvIn });
}
