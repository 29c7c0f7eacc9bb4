import { expectGolden, variants } from '../support/golden-models.js';

const MODELS = [
  'iris-mlp',
  'cancer-mlp',
  'digits-mlp',
  'digits-cnn',
  'mnist-mlp',
  'mnist-lenet5',
  'mnist-tanh',
  'mnist-resmini',
];

const cases = MODELS.flatMap((model) => variants(model).map((variant) => [model, variant] as const));

it('finds all variants', () => {
  expect(cases).toHaveLength(26);
});

it.each(cases)('%s %s equals the golden integers on all samples', expectGolden);
