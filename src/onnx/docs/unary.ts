/** Documentation of float functions of one element. */
import { FUNCTION } from './types.js';
import type { OperatorDoc, OperatorDocs } from './types.js';

const UNARY: OperatorDoc = { forms: ['QDQ'], cost: FUNCTION };
const ALSO_CONSTANTS: OperatorDoc = { ...UNARY, forms: ['QDQ', 'constants'] };
const PARTIAL: OperatorDoc = { ...UNARY, restrictions: 'a number for each of the 256 integers, not NaN' };

export const unaryDocs: OperatorDocs = {
  Abs: ALSO_CONSTANTS,
  Ceil: ALSO_CONSTANTS,
  Celu: UNARY,
  Elu: UNARY,
  Erf: UNARY,
  Exp: UNARY,
  Floor: ALSO_CONSTANTS,
  Gelu: UNARY,
  HardSigmoid: UNARY,
  HardSwish: UNARY,
  LeakyRelu: UNARY,
  Log: PARTIAL,
  Mish: UNARY,
  Neg: ALSO_CONSTANTS,
  Reciprocal: UNARY,
  Round: UNARY,
  Selu: UNARY,
  Sigmoid: UNARY,
  Sign: UNARY,
  Softplus: UNARY,
  Softsign: UNARY,
  Sqrt: PARTIAL,
  Swish: UNARY,
  Tanh: UNARY,
  ThresholdedRelu: UNARY,
};

export const microsoftUnaryDocs: OperatorDocs = {
  FastGelu: { ...UNARY, restrictions: 'no bias' },
  Gelu: UNARY,
  QLinearLeakyRelu: { forms: ['QOperator'], cost: FUNCTION },
  QLinearSigmoid: { forms: ['QOperator'], cost: FUNCTION },
  QuickGelu: UNARY,
};
