import { describeGoldenCircuit } from '../support/golden-witness.js';

describeGoldenCircuit('mnist-mlp', 'qdq-u8u8');
describeGoldenCircuit('mnist-mlp', 'qdq-s8s8-pc');
describeGoldenCircuit('mnist-mlp', 'qop-u8s8-pc');
