import { describeGoldenCircuit } from '../support/golden-witness.js';

describeGoldenCircuit('mnist-mlp', 'qdq-u8u8');
