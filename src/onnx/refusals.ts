/** Why some operators and element types are refused, and what to do instead. */
import type { DType } from '../ir/types.js';
import type { ModelNode } from './model.js';

const QUANTIZE_HINT = 'quantize it statically, for example with onnxruntime.quantization.quantize_static';
/** What can be done about anything. */
export const OUTSIDE_HINT =
  'leave it out of the model and compute it outside the proof, or replace it by supported operators';

interface Reason {
  readonly ops: ReadonlySet<string>;
  readonly reason: string;
  readonly hint: string;
}

const REASONS: readonly Reason[] = [
  {
    ops: new Set([
      'DynamicQuantizeLinear',
      'DynamicQuantizeMatMul',
      'DynamicQuantizeLSTM',
      'MatMulIntegerToFloat',
      'QAttention',
      'QEmbedLayerNormalization',
    ]),
    reason: 'it takes its scale from the data',
    hint: QUANTIZE_HINT,
  },
  {
    ops: new Set(['If', 'Loop', 'Scan']),
    reason: 'control flow has no fixed circuit',
    hint: 'export the model without control flow, for example by tracing it for one input shape',
  },
  {
    ops: new Set([
      'SequenceMap',
      'SequenceAt',
      'SequenceConstruct',
      'SequenceEmpty',
      'SequenceErase',
      'SequenceInsert',
      'SequenceLength',
      'SplitToSequence',
      'ConcatFromSequence',
      'Optional',
      'OptionalGetElement',
      'OptionalHasElement',
    ]),
    reason: 'sequences of tensors have no fixed circuit',
    hint: 'export the model with Split and Concat of fixed sizes',
  },
  {
    ops: new Set(['LSTM', 'GRU', 'RNN']),
    reason: 'recurrent operators have no quantized form in ONNX',
    hint: 'unroll it into MatMul, Add, Sigmoid and Tanh before quantizing',
  },
  {
    ops: new Set(['NonZero', 'Unique', 'Compress', 'NonMaxSuppression', 'RoiAlign', 'MaxRoiPool']),
    reason: 'the shape or the place of its results depends on the data',
    hint: OUTSIDE_HINT,
  },
  {
    ops: new Set([
      'RandomNormal',
      'RandomNormalLike',
      'RandomUniform',
      'RandomUniformLike',
      'Multinomial',
      'Bernoulli',
    ]),
    reason: 'its result is random',
    hint: 'give the random numbers as an input of the model',
  },
  {
    ops: new Set(['MatMulNBits', 'MatMulBnb4', 'GatherBlockQuantized']),
    reason: 'blocked quantization is not supported',
    hint: 'quantize the weights to int8 or uint8, per tensor or per channel',
  },
];

/** Message and hint for an operator that import does not know. */
export function explainRefusal(node: ModelNode): { message: string; hint: string } {
  const name = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
  const known = REASONS.find(({ ops }) => ops.has(node.op));
  const { reason, hint } = known ?? { reason: 'the operator is not supported', hint: OUTSIDE_HINT };
  return { message: `${name} ${node.name}: ${reason}`, hint };
}

/** What to do about an operator that gets another type than it takes. */
export function explainOperand(found: DType, allowed: readonly DType[]): string {
  if ((found === 'int8' || found === 'uint8') && allowed.includes('float32'))
    return 'put a DequantizeLinear before and a QuantizeLinear behind it';
  if (found === 'float32') return QUANTIZE_HINT;
  return OUTSIDE_HINT;
}

/** What to do about a tensor of an element type that zkinfer does not have. */
export function explainType(name: string): string {
  if (/^(u?int2|u?int4|u?int16|float8|float4)/.test(name)) return 'quantize to int8 or uint8';
  if (name === 'float16' || name === 'bfloat16' || name === 'float64')
    return 'convert the model to float32 before quantizing';
  return 'supported: float32, int8, uint8, int32, int64, bool';
}

const LINEAR = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/** Whether a model has linear operators and no trace of quantization at all. */
export function isFloatModel(nodes: readonly ModelNode[]): boolean {
  return nodes.some((node) => LINEAR.has(node.op)) && !nodes.some((node) => /Quantize|^Q[A-Z]|Integer/.test(node.op));
}

export const FLOAT_MODEL_HINT = QUANTIZE_HINT;
