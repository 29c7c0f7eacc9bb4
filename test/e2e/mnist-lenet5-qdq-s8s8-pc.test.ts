import { describeGoldenCircuit } from '../support/golden-witness.js';

describeGoldenCircuit('mnist-lenet5', 'qdq-s8s8-pc');
