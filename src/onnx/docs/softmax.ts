/** Documentation of Softmax. */
import type { OperatorDocs } from './types.js';

const COST = '220 in groups of 2, 300 in groups of 1000';

const SCALE = '1 / s_y at most about 148 times the size of a group';

export const softmaxDocs: OperatorDocs = {
  Softmax: {
    forms: ['QDQ'],
    cost: COST,
    restrictions: `its input and output quantized themselves; ${SCALE}`,
  },
};

export const microsoftSoftmaxDocs: OperatorDocs = {
  QLinearSoftmax: { forms: ['QOperator'], cost: COST, restrictions: SCALE },
};
