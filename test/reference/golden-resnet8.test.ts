import { expectGolden, variants } from '../support/golden-models.js';

it('finds all variants', () => {
  expect(variants('resnet8')).toHaveLength(3);
});

it.each(variants('resnet8'))('resnet8 %s equals the integer reference on all samples', (variant) => {
  expectGolden('resnet8', variant);
});
