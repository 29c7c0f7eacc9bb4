/** Documentation of Softmax and LogSoftmax. */
import type { OperatorDocs } from './types.js';

const COST = '220 in groups of 2, 300 in groups of 1000';

const SCALE = '1 / s_y at most about 148 times the size of a group';

export const softmaxDocs: OperatorDocs = {
  LogSoftmax: {
    forms: ['QDQ'],
    cost: 'about 90, and 150 to 220 for each group',
    restrictions: 'quantized input; s_y at least 1/4096; rounded from real numbers, see exactness',
  },
  Softmax: {
    forms: ['QDQ'],
    cost: COST,
    restrictions: `quantized input; ${SCALE}`,
  },
};

export const microsoftSoftmaxDocs: OperatorDocs = {
  QLinearSoftmax: { forms: ['QOperator'], cost: COST, restrictions: SCALE },
};
