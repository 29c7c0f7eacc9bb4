import { describeGoldenCircuit, variants } from '../support/golden-witness.js';

for (const variant of variants('cancer-mlp')) describeGoldenCircuit('cancer-mlp', variant);
