import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileModel } from '../../src/api/compile.js';
import { inspectModel } from '../../src/api/inspect.js';
import { ArtifactName } from '../../src/artifacts/names.js';
import type { Manifest } from '../../src/artifacts/types.js';
import { checkWitness, readR1cs } from '../../src/circom/r1cs.js';
import { readWtns } from '../../src/prover/wtns.js';
import { WitnessGenerator } from '../../src/prover/witness.js';
import { ZERO_CONTEXT } from '../../src/statement/challenge.js';
import { buildStatement } from '../../src/statement/statement.js';
import { readNpz } from './npz.js';

export const FIXTURES = join(import.meta.dirname, '../../fixtures');
const SAMPLES = 20;

/** Variant names of a fixture model: model.<variant>.onnx. */
export function variants(model: string): string[] {
  return readdirSync(join(FIXTURES, model)).flatMap((file) => /^model\.(.+)\.onnx$/.exec(file)?.[1] ?? []);
}

/** Integer inputs and outputs of all samples, from ONNX Runtime. */
export function goldenSamples(model: string, variant: string): { input: number[]; output: number[] }[] {
  const golden = readNpz(join(FIXTURES, model, `golden.${variant}.npz`));
  const inputs = golden.x_int!.data as number[];
  const outputs = (golden.y_int_ref ?? golden.y_int!).data as number[];
  const part = (data: number[], i: number): number[] =>
    data.slice((i * data.length) / SAMPLES, ((i + 1) * data.length) / SAMPLES);
  return Array.from({ length: SAMPLES }, (_, i) => ({ input: part(inputs, i), output: part(outputs, i) }));
}

const counts = JSON.parse(readFileSync(join(import.meta.dirname, '../snapshots/constraints.json'), 'utf8')) as Record<
  string,
  number
>;

/**
 * Describes one fixture variant as a circuit: its constraint count is the pinned one and the predicted one, and its witness generator
 * reaches the golden output for the first `count` samples (all by default), and no other.
 */
export function describeGoldenCircuit(model: string, variant: string, count = SAMPLES): void {
  describe(`${model} ${variant}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'zkinfer-'));
    const onnx = join(FIXTURES, model, `model.${variant}.onnx`);
    let manifest: Manifest;

    beforeAll(async () => {
      ({ manifest } = await compileModel(onnx, join(folder, 'out')));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const publicInputs = async (input: number[], output: number[]): Promise<Record<string, bigint | number[]>> => {
      const { C, r, s } = await buildStatement({
        layout: manifest.statement,
        modelId: manifest.modelId,
        context: ZERO_CONTEXT,
        values: { input, output },
      });
      return { C, r, s, x: input };
    };

    it('has the pinned number of constraints, which inspect predicts exactly', () => {
      const { constraints } = manifest.circuit;
      const predicted = inspectModel(readFileSync(onnx)).constraints;
      expect({ [`${model} ${variant}`]: constraints }).toEqual({
        [`${model} ${variant}`]: counts[`${model} ${variant}`],
      });
      expect(predicted).toBe(constraints);
    });

    it(`gives the golden output for ${count} samples, and satisfies the constraints`, async () => {
      const samples = goldenSamples(model, variant).slice(0, count);
      const generator = await WitnessGenerator.load(join(folder, 'out', ArtifactName.witnessProgram));
      const r1cs = await readR1cs(join(folder, 'out', ArtifactName.constraints));
      for (const [i, { input, output }] of samples.entries()) {
        const witness = await generator.calculate(await publicInputs(input, output));
        if (i === 0) expect(checkWitness(r1cs, readWtns(witness))).toBeUndefined();
      }
      const [{ input, output }] = samples as [{ input: number[]; output: number[] }];
      const wrong = output.with(0, output[0]! === 0 ? 1 : output[0]! - 1);
      await expect(generator.calculate(await publicInputs(input, wrong))).rejects.toMatchObject({
        code: 'CHECK_FAILED',
      });
    });
  });
}
