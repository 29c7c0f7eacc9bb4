import { describeGoldenCircuit } from '../support/golden-witness.js';

for (const variant of ['pot', 'qdq-u8s8-reduce']) describeGoldenCircuit('mnist-lenet5', variant);
