/** Documentation of the operators that compare elements. */
import type { OperatorDoc, OperatorDocs } from './types.js';

const FORMS: OperatorDoc['forms'] = ['QDQ', 'integers'];
const MAX: OperatorDoc = { forms: FORMS, cost: 'for each output, 10 for each candidate but one' };
const MIN: OperatorDoc = { forms: FORMS, cost: 'as the maximum, and what reversing the order by tables costs' };
const PLACE: OperatorDoc = {
  forms: FORMS,
  cost: 'for each output, one comparison and one choice for each candidate but one',
  restrictions: 'at most 256 candidates; only moved or cast afterwards, as a graph output an integer',
};

export const orderDocs: OperatorDocs = {
  ArgMax: PLACE,
  ArgMin: PLACE,
  GlobalMaxPool: MAX,
  Max: {
    ...MAX,
    forms: [...FORMS, 'constants'],
    restrictions: 'two tensors and more; with one constant number it is a Clip',
  },
  MaxPool: { ...MAX, restrictions: '1 to 3 spatial axes; no Indices; no window in padding alone' },
  Min: {
    ...MIN,
    forms: [...FORMS, 'constants'],
    restrictions: 'two tensors and more; with one constant number it is a Clip',
  },
  ReduceMax: { ...MAX, forms: [...FORMS, 'constants'] },
  ReduceMin: { ...MIN, forms: [...FORMS, 'constants'] },
  TopK: { ...MAX, restrictions: 'k = 1; the place as of ArgMax' },
};
