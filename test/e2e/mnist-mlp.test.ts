import { describeGoldenCircuit, variants } from '../support/golden-witness.js';

for (const variant of variants('mnist-mlp')) describeGoldenCircuit('mnist-mlp', variant);
