/** Documentation of operators of two elements, and of BatchNormalization. */
import { FUNCTION } from './types.js';
import type { OperatorDoc, OperatorDocs } from './types.js';

const FORMS: OperatorDoc['forms'] = ['QDQ', 'constants'];
const ONE = `with a constant, or where both are functions of one activation, ${FUNCTION}`;
const SUM_COST = `of two activations one requantization of about 30; ${ONE}`;
const PRODUCT_COST = `of two activations 1, and one requantization of about 30; ${ONE}`;
const EXACT_FORM = 'two activations where there is an exact form';
const ONE_ONLY: OperatorDoc = {
  forms: ['QDQ'],
  cost: FUNCTION,
  restrictions:
    'one operand constant, or both functions of one activation; a number for each of the 256 integers, not NaN',
};

export const binaryDocs: OperatorDocs = {
  Add: { forms: FORMS, cost: SUM_COST, restrictions: EXACT_FORM },
  BatchNormalization: {
    forms: ['QDQ'],
    cost: `${FUNCTION}, one function for each channel`,
    restrictions: 'constant parameters; no training mode; behind Conv only with a quantized tensor between',
  },
  Div: { ...ONE_ONLY, forms: FORMS },
  Mul: {
    forms: FORMS,
    cost: PRODUCT_COST,
    restrictions: EXACT_FORM,
  },
  PRelu: { ...ONE_ONLY, restrictions: 'constant slope, or both functions of one activation' },
  Pow: ONE_ONLY,
  Sub: { forms: FORMS, cost: SUM_COST, restrictions: EXACT_FORM },
};

export const microsoftBinaryDocs: OperatorDocs = {
  QLinearAdd: { forms: ['QOperator'], cost: SUM_COST, restrictions: EXACT_FORM },
  QLinearMul: { forms: ['QOperator'], cost: PRODUCT_COST, restrictions: EXACT_FORM },
};
