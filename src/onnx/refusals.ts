/** Why some operators are refused, and what to do instead. */
import type { ModelNode } from './model.js';

const QUANTIZE_HINT = 'quantize it statically, for example with onnxruntime.quantization.quantize_static';

const CONTROL_FLOW = new Set(['If', 'Loop', 'Scan', 'SequenceMap']);
const DYNAMIC = new Set([
  'DynamicQuantizeLinear',
  'DynamicQuantizeMatMul',
  'DynamicQuantizeLSTM',
  'MatMulIntegerToFloat',
]);

/** Message and hint for an operator that import does not know. */
export function explainRefusal(node: ModelNode): { message: string; hint: string } {
  const name = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
  if (DYNAMIC.has(node.op))
    return { message: `${name} ${node.name}: it takes its scale from the data`, hint: QUANTIZE_HINT };
  if (CONTROL_FLOW.has(node.op)) {
    return {
      message: `${name} ${node.name}: control flow has no fixed circuit`,
      hint: 'export the model without control flow',
    };
  }
  return {
    message: `${name} ${node.name}: the operator is not supported`,
    hint: 'leave it out of the model and compute it outside the proof, or replace it by supported operators',
  };
}

const LINEAR = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/** Whether a model has linear operators and no trace of quantization at all. */
export function isFloatModel(nodes: readonly ModelNode[]): boolean {
  return nodes.some((node) => LINEAR.has(node.op)) && !nodes.some((node) => /Quantize|^Q[A-Z]|Integer/.test(node.op));
}

export const FLOAT_MODEL_HINT = QUANTIZE_HINT;
