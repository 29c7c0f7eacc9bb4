import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspectModel } from '../../src/api/inspect.js';
import { FIXTURES, PINNED_CONSTRAINTS } from '../support/golden-witness.js';

it.each([
  ['iris-mlp', 'qdq-u8u8'],
  ['digits-cnn', 'qop-u8s8-pc'],
])('predicts the constraints of %s %s exactly', (model, variant) => {
  const { constraints } = inspectModel(readFileSync(join(FIXTURES, model, `model.${variant}.onnx`)));
  expect(constraints).toBe(PINNED_CONSTRAINTS[`${model} ${variant}`]);
});
