import { describeCommittedCircuit } from '../support/committed-witness.js';

describeCommittedCircuit('digits-cnn', 'qdq-s8s8-pc', 54_554);
