import { join } from 'node:path';
import { loadModel, runModel } from '../../src/index.js';
import { readInputs } from '../../src/inputs/read.js';
import { readNpz } from '../support/npz.js';

const FIXTURES = join(import.meta.dirname, '../../fixtures');

/** From the user's file to the user's numbers: the edges of the model are golden too, not only its integers. */
it.each([
  ['iris-mlp', 'qdq-u8u8'],
  ['digits-mlp', 'qdq-s8s8-pc'],
  ['digits-cnn', 'qop-u8s8-pc'],
])('%s %s: integers in, integers out and real numbers out are those of ONNX Runtime', async (name, variant) => {
  const model = await loadModel(join(FIXTURES, name, `model.${variant}.onnx`));
  const golden = readNpz(join(FIXTURES, name, `golden.${variant}.npz`));
  const inputs: number[] = [];
  const outputs: number[] = [];
  const reals: number[] = [];
  for await (const sample of readInputs(join(FIXTURES, name, 'inputs.npz'), model.inputs)) {
    inputs.push(...sample.tensors[0]!.integers);
    const [output] = runModel(model, sample.tensors);
    outputs.push(...output!.integers);
    reals.push(...output!.real!);
  }
  expect(inputs).toEqual(golden.x_int!.data);
  expect(outputs).toEqual(golden.y_int_ref!.data);
  expect(reals).toEqual(golden.y_ref!.data);
});

it('names an input that is missing', async () => {
  const model = await loadModel(join(FIXTURES, 'iris-mlp/model.qdq-u8u8.onnx'));
  expect(() => runModel(model, [])).toThrow('the input input is missing');
});

it('a folder without a manifest is no model', async () => {
  await expect(loadModel(FIXTURES)).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
});
