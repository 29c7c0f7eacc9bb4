import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkWitness } from '../../src/circom/r1cs.js';
import type { Circuit } from './circuit-harness.js';
import { circuitInputs, commitmentOf, committedCase, compileText, type CommittedCase } from './committed.js';
import { FIXTURES, goldenSamples } from './golden-witness.js';
import { lower } from './run-model.js';

/**
 * Describes one fixture variant as a circuit with committed weights: it has the pinned number of constraints, which is the predicted one; it
 * reaches the golden output of two samples, and no other output, and not with other weights than committed.
 */
export function describeCommittedCircuit(model: string, variant: string, constraints: number): void {
  describe(`${model} ${variant} with committed weights`, () => {
    let committed: CommittedCase;
    let circuit: Circuit;

    beforeAll(async () => {
      committed = committedCase(lower(readFileSync(join(FIXTURES, model, `model.${variant}.onnx`))));
      circuit = await compileText(committed.text);
    });

    it('has the pinned number of constraints, as predicted', () => {
      expect(circuit.r1cs.nConstraints).toBe(constraints);
      expect(committed.plan.constraints).toBe(constraints);
    });

    it('gives the golden output of two samples, and satisfies the constraints', async () => {
      for (const [i, { input, output }] of goldenSamples(model, variant).slice(0, 2).entries()) {
        const witness = await circuit.witness(await circuitInputs(committed, input, { output }));
        if (i === 0) expect(checkWitness(circuit.r1cs, witness)).toBeUndefined();
      }
    });

    it('refuses a changed output and changed weights', async () => {
      const [{ input, output }] = goldenSamples(model, variant) as [{ input: number[]; output: number[] }];
      const wrong = output.with(0, output[0]! === 0 ? 1 : output[0]! - 1);
      const refused = { code: 'CHECK_FAILED' };
      await expect(circuit.witness(await circuitInputs(committed, input, { output: wrong }))).rejects.toMatchObject(
        refused,
      );
      const { weights } = committed.numbers;
      const other = { ...committed, numbers: { ...committed.numbers, weights: weights.with(0, weights[0]! ^ 1) } };
      const commitment = await commitmentOf(committed, committed.numbers);
      await expect(circuit.witness(await circuitInputs(other, input, { commitment }))).rejects.toMatchObject(refused);
    });
  });
}
