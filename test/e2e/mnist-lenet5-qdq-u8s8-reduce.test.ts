import { describeGoldenCircuit } from '../support/golden-witness.js';

describeGoldenCircuit('mnist-lenet5', 'qdq-u8s8-reduce', 4);
