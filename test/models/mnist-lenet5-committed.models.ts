import { describeCommittedCircuit } from '../support/committed-witness.js';

describeCommittedCircuit('mnist-lenet5', 'qdq-s8s8-pc', 975_939);
