import { describeGoldenCircuit } from '../support/golden-witness.js';

describeGoldenCircuit('mnist-lenet5', 'pot');
