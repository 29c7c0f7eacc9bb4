/** The larger fixture models in the variants that `npm test` leaves out. */
import { describeGoldenCircuit } from '../support/golden-witness.js';

describeGoldenCircuit('mnist-mlp', 'qdq-s8s8-pc');
describeGoldenCircuit('mnist-mlp', 'qop-u8s8-pc');
describeGoldenCircuit('mnist-lenet5', 'qdq-u8u8');
describeGoldenCircuit('mnist-lenet5', 'qop-u8s8-pc');
describeGoldenCircuit('mnist-lenet5', 'qdq-u8s8-reduce');
