/** Documentation of LogSoftmax. */
import type { OperatorDocs } from './types.js';

export const softmaxDocs: OperatorDocs = {
  LogSoftmax: {
    forms: ['QDQ'],
    cost: 'about 90, and 150 to 220 for each group',
    restrictions: 'quantized input; output scale at least 1/4096; rounded from real numbers, see exactness',
  },
};
