/** Documentation of the operators that compare elements. */
import type { OperatorDoc, OperatorDocs } from './types.js';

const FORMS: OperatorDoc['forms'] = ['QDQ', 'integers'];
const MAX: OperatorDoc = { forms: FORMS, cost: 'for each output, 10 for each candidate but one' };
const MIN: OperatorDoc = { forms: FORMS, cost: 'as the maximum, and 10 for each candidate and each output' };
const PLACE: OperatorDoc = {
  forms: FORMS,
  cost: 'for each output, 9 (k - 1) + 2 (k - 2) for k > 2 candidates, 10 for two',
  restrictions:
    'at most 256 candidates; only moved, joined or cast afterwards, an element like any other behind Cast to float32; as a graph output an integer',
};

const SEVERAL = 'one constant number makes it a Clip, a constant tensor a function of one element';

export const orderDocs: OperatorDocs = {
  ArgMax: PLACE,
  ArgMin: { ...PLACE, cost: `${PLACE.cost}, and 10 for each candidate` },
  GlobalMaxPool: MAX,
  Max: {
    ...MAX,
    forms: [...FORMS, 'constants'],
    restrictions: SEVERAL,
  },
  MaxPool: { ...MAX, restrictions: '1 to 3 spatial axes; no Indices; no window in padding alone' },
  Min: {
    ...MIN,
    forms: [...FORMS, 'constants'],
    restrictions: SEVERAL,
  },
  ReduceMax: { ...MAX, forms: [...FORMS, 'constants'] },
  ReduceMin: { ...MIN, forms: [...FORMS, 'constants'] },
  TopK: {
    ...MAX,
    cost: 'as ReduceMax or ReduceMin, the place as ArgMax or ArgMin',
    restrictions: 'k = 1; the place as of ArgMax',
  },
};
