import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileModel } from '../../src/api/compile.js';
import type { CompileResult } from '../../src/api/compile.js';
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

/** Integers of one run of a model: all graph inputs, all graph outputs. */
export interface IntegerSample {
  readonly input: number[];
  readonly output: number[];
}

/** Variant names of a fixture model: model.<variant>.onnx. */
export function variants(model: string): string[] {
  return readdirSync(join(FIXTURES, model)).flatMap((file) => /^model\.(.+)\.onnx$/.exec(file)?.[1] ?? []);
}

/** Integer inputs and outputs of all samples, from ONNX Runtime. */
export function goldenSamples(model: string, variant: string): IntegerSample[] {
  const golden = readNpz(join(FIXTURES, model, `golden.${variant}.npz`));
  const inputs = golden.x_int!.data as number[];
  const outputs = (golden.y_int_ref ?? golden.y_int!).data as number[];
  const part = (data: number[], i: number): number[] =>
    data.slice((i * data.length) / SAMPLES, ((i + 1) * data.length) / SAMPLES);
  return Array.from({ length: SAMPLES }, (_, i) => ({ input: part(inputs, i), output: part(outputs, i) }));
}

/** Constraints of the fixture models, input and output public, by `<model> <variant>`. */
export const PINNED_CONSTRAINTS = JSON.parse(
  readFileSync(join(import.meta.dirname, '../snapshots/constraints.json'), 'utf8'),
) as Readonly<Record<string, number>>;

/** Expects the pinned number of constraints, which the plan predicts exactly. */
export function expectPinnedConstraints(
  model: string,
  variant: string,
  { manifest, predictedConstraints }: CompileResult,
): void {
  const { constraints } = manifest.circuit;
  const name = `${model} ${variant}`;
  expect({ [name]: constraints }).toEqual({ [name]: PINNED_CONSTRAINTS[name] });
  expect(predictedConstraints).toBe(constraints);
}

/**
 * Expects that the witness program of an artifact directory (input and output public) reaches each sample's output, that the first
 * witness satisfies all constraints, and that the program refuses another output.
 */
export async function expectWitnesses(
  dir: string,
  manifest: Manifest,
  samples: readonly IntegerSample[],
): Promise<void> {
  const publicInputs = async ({ input, output }: IntegerSample): Promise<Record<string, bigint | number[]>> => {
    const { C, r, s } = await buildStatement({
      layout: manifest.statement,
      modelId: manifest.modelId,
      context: ZERO_CONTEXT,
      values: { input, output },
    });
    return { C, r, s, x: input };
  };
  const generator = await WitnessGenerator.load(join(dir, ArtifactName.witnessProgram));
  const r1cs = await readR1cs(join(dir, ArtifactName.constraints));
  for (const [i, sample] of samples.entries()) {
    const witness = await generator.calculate(await publicInputs(sample));
    if (i === 0) expect(checkWitness(r1cs, readWtns(witness))).toBeUndefined();
  }
  const { input, output } = samples[0]!;
  const wrong = output.with(0, output[0]! === 0 ? 1 : output[0]! - 1);
  await expect(generator.calculate(await publicInputs({ input, output: wrong }))).rejects.toMatchObject({
    code: 'CHECK_FAILED',
  });
}

/**
 * Describes one fixture variant as a circuit: its constraint count is the pinned one and the predicted one, and its witness generator
 * reaches the golden output for the first `count` samples (all by default), and no other.
 */
export function describeGoldenCircuit(model: string, variant: string, count = SAMPLES): void {
  describe(`${model} ${variant}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'zkinfer-'));
    const dir = join(folder, 'out');
    let compiled: CompileResult;

    beforeAll(async () => {
      compiled = await compileModel(join(FIXTURES, model, `model.${variant}.onnx`), dir);
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it('has the pinned number of constraints, which the plan predicts exactly', () => {
      expectPinnedConstraints(model, variant, compiled);
    });

    it(`gives the golden output for ${count} samples, and satisfies the constraints`, async () => {
      await expectWitnesses(dir, compiled.manifest, goldenSamples(model, variant).slice(0, count));
    });
  });
}
