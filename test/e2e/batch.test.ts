import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileModel } from '../../src/api/compile.js';
import { loadModel } from '../../src/api/load-model.js';
import { runModel } from '../../src/api/run.js';
import { ArtifactName } from '../../src/artifacts/names.js';
import type { Manifest } from '../../src/artifacts/types.js';
import { readInput } from '../../src/inputs/read.js';
import { WitnessGenerator } from '../../src/prover/witness.js';
import { ZERO_CONTEXT } from '../../src/statement/challenge.js';
import { buildStatement } from '../../src/statement/statement.js';
import { FIXTURES, goldenSamples } from '../support/golden-witness.js';

const BATCH = 3;
const [MODEL, VARIANT] = ['digits-mlp', 'qdq-s8s8-pc'];
const folder = mkdtempSync(join(tmpdir(), 'zkinfer-batch-'));
const dir = join(folder, 'out');
let manifest: Manifest;

beforeAll(async () => {
  const onnx = join(FIXTURES, MODEL, `model.${VARIANT}.onnx`);
  const compiled = await compileModel(onnx, dir, { batch: BATCH });
  ({ manifest } = compiled);
  expect(compiled.predictedConstraints).toBe(manifest.circuit.constraints);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('puts the batch in front of the tensors', () => {
  expect(manifest.batch).toBe(BATCH);
  const { inputs, outputs } = manifest.statement;
  expect([inputs[0]!.shape, outputs[0]!.shape]).toEqual([
    [BATCH, 64],
    [BATCH, 10],
  ]);
  expect(manifest.layers.map(({ op, macs }) => [op, macs])).toEqual([
    ['MatMul + Requantize', BATCH * 64 * 32],
    ['MatMul + Requantize', BATCH * 32 * 10],
    ['range check, input public, output public', 0],
  ]);
});

it('gives the golden outputs of all samples, and no others', async () => {
  const samples = goldenSamples(MODEL, VARIANT).slice(BATCH, 2 * BATCH);
  const input = samples.flatMap((sample) => sample.input);
  const output = samples.flatMap((sample) => sample.output);
  const generator = await WitnessGenerator.load(join(dir, ArtifactName.witnessProgram));
  const calculate = async (claimed: number[]): Promise<Uint8Array> => {
    const layout = manifest.statement;
    const values = { input, output: claimed };
    const { C, r, s } = await buildStatement({ layout, modelId: manifest.modelId, context: ZERO_CONTEXT, values });
    return generator.calculate({ C, r, s, x: input });
  };
  await calculate(output);
  const last = output.length - 1;
  await expect(calculate(output.with(last, output[last]! - 1))).rejects.toMatchObject({ code: 'CHECK_FAILED' });
  // Two samples exchanged.
  const swapped = [...samples[1]!.output, ...samples[0]!.output, ...samples[2]!.output];
  await expect(calculate(swapped)).rejects.toMatchObject({ code: 'CHECK_FAILED' });

  const model = await loadModel(dir);
  const file = join(FIXTURES, MODEL, 'inputs.npz');
  const batch = await readInput(
    file,
    model.inputs.map((spec) => ({ ...spec, shape: [4, 64] })),
    { index: 1 },
  );
  expect(batch.tensors[0]!.integers).toHaveLength(4 * 64);
  const integers = Int32Array.from(input);
  const [result] = runModel(model, [{ ...model.inputs[0]!, integers }]);
  expect([...result!.integers]).toEqual(output);
});
