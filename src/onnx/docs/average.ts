/** Documentation of averages. */
import type { OperatorDocs } from './types.js';

const REQUANTIZATION = 'for each output one requantization of about 20';
const FLOATS = '34 for each element, and 51 + 2 bits for each output';
const EXACT_SUM = `${REQUANTIZATION}; with a function of the elements before it ${FLOATS}`;
const FLOAT_SUM = `${REQUANTIZATION}; where the rounding of float32 sums shows, ${FLOATS} and up to 30 + 6 d for each addition but the last`;

export const averageDocs: OperatorDocs = {
  AveragePool: {
    forms: ['QDQ'],
    cost: FLOAT_SUM,
    restrictions: '1 to 3 spatial axes; with count_include_pad no windows that only ceil_mode adds to',
  },
  GlobalAveragePool: { forms: ['QDQ'], cost: EXACT_SUM, restrictions: '1 to 3 spatial axes' },
  ReduceMean: { forms: ['QDQ'], cost: EXACT_SUM },
};

export const microsoftAverageDocs: OperatorDocs = {
  QLinearAveragePool: { forms: ['QOperator'], cost: FLOAT_SUM, restrictions: '1 to 3 spatial axes; channels_last 0' },
  QLinearGlobalAveragePool: {
    forms: ['QOperator'],
    cost: REQUANTIZATION,
    restrictions: '1 to 3 spatial axes; channels_last 0',
  },
};
