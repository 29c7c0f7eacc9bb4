import { describeGoldenCircuit } from '../support/golden-witness.js';

describeGoldenCircuit('mnist-tanh', 'qdq-u8u8', 4);
