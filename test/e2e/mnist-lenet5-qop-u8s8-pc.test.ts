import { describeGoldenCircuit } from '../support/golden-witness.js';

describeGoldenCircuit('mnist-lenet5', 'qop-u8s8-pc', 4);
