import { describeGoldenCircuit, variants } from '../support/golden-witness.js';

for (const variant of variants('digits-mlp')) describeGoldenCircuit('digits-mlp', variant);
