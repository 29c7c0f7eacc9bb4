import { describeGoldenCircuit, variants } from '../support/golden-witness.js';

for (const variant of variants('digits-cnn')) describeGoldenCircuit('digits-cnn', variant);
