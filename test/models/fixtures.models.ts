/** The fixture models of more than 300,000 constraints. */
import { describeGoldenCircuit } from '../support/golden-witness.js';

describeGoldenCircuit('mnist-tanh', 'qdq-s8s8-pc');
for (const variant of ['qdq-s8s8-pc', 'qdq-u8u8', 'qop-u8s8-pc']) describeGoldenCircuit('mnist-resmini', variant);
for (const variant of ['qdq-s8s8-pc', 'qdq-u8u8', 'qop-u8s8-pc']) describeGoldenCircuit('resnet8', variant, 2);
