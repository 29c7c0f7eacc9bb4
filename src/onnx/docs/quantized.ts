/** Documentation of quantization, linear operators and element-wise functions. */
import type { OperatorDoc, OperatorDocs } from './types.js';

const REQUANTIZE = '0 for each product; one requantization for each output';
const LINEAR: OperatorDoc = {
  forms: ['QDQ'],
  cost: REQUANTIZE,
  restrictions: 'constant weights, int8 or uint8; bias int32 of scale s_x * s_w',
};
const QLINEAR: OperatorDoc = { forms: ['QOperator'], cost: REQUANTIZE, restrictions: 'constant weights' };
const QUANTIZE: OperatorDoc = {
  forms: ['QDQ', 'constants'],
  cost: '0 at the edges of the graph and around other operators; a table of 34 between two scales',
  restrictions: 'int8 and uint8; activations per tensor, weights per tensor or per channel; no blocks',
};
const TABLE = 'a table of 34';
const CLAMP = '0 after a requantization; otherwise a table of 34';

export const quantizedDocs: OperatorDocs = {
  Clip: { forms: ['QDQ', 'integers'], cost: CLAMP, restrictions: 'constant bounds' },
  Conv: LINEAR,
  DequantizeLinear: QUANTIZE,
  Gemm: { ...LINEAR, restrictions: `${LINEAR.restrictions}; alpha and beta 1; transA 0` },
  MatMul: { ...LINEAR, restrictions: `${LINEAR.restrictions}; the weights a matrix or a vector` },
  QLinearConv: QLINEAR,
  QLinearMatMul: QLINEAR,
  QuantizeLinear: QUANTIZE,
  Relu: { forms: ['QDQ', 'integers'], cost: CLAMP },
  Sigmoid: { forms: ['QDQ'], cost: TABLE },
};

export const microsoftQuantizedDocs: OperatorDocs = {
  DequantizeLinear: QUANTIZE,
  QGemm: { ...QLINEAR, restrictions: 'constant weights; alpha 1; transA 0; quantized output' },
  QLinearSigmoid: { forms: ['QOperator'], cost: TABLE },
  QuantizeLinear: QUANTIZE,
};
