/** Documentation of Softmax. */
import type { OperatorDocs } from './types.js';

const COST = '220 in groups of 2, 300 in groups of 1000';

export const softmaxDocs: OperatorDocs = {
  Softmax: {
    forms: ['QDQ'],
    cost: COST,
    restrictions: 'its input and output quantized themselves; output scale not below 2^-23',
  },
};

export const microsoftSoftmaxDocs: OperatorDocs = {
  QLinearSoftmax: { forms: ['QOperator'], cost: COST, restrictions: 'output scale not below 2^-23' },
};
