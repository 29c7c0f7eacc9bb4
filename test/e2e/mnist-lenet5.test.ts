import { describeGoldenCircuit } from '../support/golden-witness.js';

for (const variant of ['qdq-s8s8-pc', 'qdq-u8u8', 'qop-u8s8-pc']) describeGoldenCircuit('mnist-lenet5', variant);
