import { describeGoldenCircuit } from '../support/golden-witness.js';

describeGoldenCircuit('mnist-tanh', 'qop-u8s8-pc', 4);
