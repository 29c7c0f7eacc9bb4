import { describeGoldenCircuit, variants } from '../support/golden-witness.js';

for (const variant of variants('iris-mlp')) describeGoldenCircuit('iris-mlp', variant);
