/** Documentation of quantization, linear operators, Relu and Clip. */
import { FUNCTION } from './types.js';
import type { OperatorDoc, OperatorDocs } from './types.js';

const REQUANTIZE = '0 for each product; one requantization for each output';
const LINEAR: OperatorDoc = {
  forms: ['QDQ'],
  cost: REQUANTIZE,
  restrictions: 'constant weights, int8 or uint8; bias int32 of scale s_x * s_w and zero point 0',
};
const QLINEAR: OperatorDoc = { forms: ['QOperator'], cost: REQUANTIZE, restrictions: 'constant weights' };
const INTEGER: OperatorDoc = {
  forms: ['integers'],
  cost: REQUANTIZE,
  restrictions:
    'constant weights; one zero point for the input; behind it Cast to float32, Mul by positive constants, Add or Sub of constants, Relu, Clip, ' +
    'then QuantizeLinear; each constant one number or one for each output channel',
};
const QUANTIZE: OperatorDoc = {
  forms: ['QDQ', 'constants'],
  cost: `0 at the edges of the graph and around other operators; between two scales ${FUNCTION}`,
  restrictions: 'int8 and uint8; activations per tensor, weights per tensor or per channel; no blocks',
};
const CLAMP = `0 behind the requantization of a linear operator, sum or product; otherwise ${FUNCTION}`;

export const quantizedDocs: OperatorDocs = {
  Clip: { forms: ['QDQ', 'integers'], cost: CLAMP, restrictions: 'constant bounds' },
  Conv: LINEAR,
  ConvInteger: INTEGER,
  DequantizeLinear: QUANTIZE,
  Gemm: { ...LINEAR, restrictions: `${LINEAR.restrictions}; alpha and beta 1` },
  MatMul: {
    ...LINEAR,
    restrictions: 'one operand constant, int8 or uint8, a matrix or a vector; scales for each output channel or one',
  },
  MatMulInteger: INTEGER,
  QLinearConv: QLINEAR,
  QLinearMatMul: QLINEAR,
  QuantizeLinear: QUANTIZE,
  Relu: { forms: ['QDQ', 'integers'], cost: CLAMP },
};

export const microsoftQuantizedDocs: OperatorDocs = {
  DequantizeLinear: QUANTIZE,
  QGemm: { ...QLINEAR, restrictions: 'constant weights; alpha 1; quantized output' },
  QuantizeLinear: QUANTIZE,
};
