import { lowerModel } from '../../src/api/lower-model.js';
import { ModelBuilder } from '../support/model-builder.js';
import type { QuantizationParameters } from '../support/model-builder.js';
import { problemsOf } from '../support/problems.js';

const U8: QuantizationParameters = { scale: 0.5, zeroPoint: 10, dtype: 'uint8' };
const I8: QuantizationParameters = { scale: 0.25, zeroPoint: 0, dtype: 'int8' };

/** One line for each problem: code, message, hint. */
function listed(b: ModelBuilder): string {
  const problems = problemsOf(() => lowerModel(b.encode()));
  return problems.map(({ code, message, hint }) => `${code} ${message} -> ${hint}`).join('\n');
}

it('reports all that is wrong with a model, each once and none of it twice', () => {
  const b = new ModelBuilder(21);
  b.input('x', 'float32', ['batch', 4]);
  b.input('wide', 'float64', [1]);
  b.input('open', 'float32', [1, 'width']);
  const q = b.dequantize(b.quantize('x', U8), U8);
  b.manyOutputs('DynamicQuantizeLinear', ['x'], {}, ['dq', 'dq_scale', 'dq_zero'], { name: 'dynamic' });
  b.node('MatMulIntegerToFloat', ['dq', 'dq', 'dq_scale', 'dq_scale'], {}, { name: 'behind', domain: 'com.microsoft' });
  b.node('If', ['x'], {}, { name: 'branch' });
  b.manyOutputs('SplitToSequence', ['x'], {}, ['sequence'], { name: 'sequence' });
  b.node('LSTM', [q, q, q], {}, { name: 'recurrent' });
  b.node('Einsum', [q], {}, { name: 'rare' });
  b.node('Clip', [q, b.constant('float16', [], [0], 'half')], {}, { name: 'half precision' });
  b.node(
    'DequantizeLinear',
    [b.constant('int4', [2], [0], 'nibbles'), b.constant('float32', [], [1])],
    {},
    { name: 'four bits' },
  );
  b.node(
    'QuantizeLinear',
    [q, b.constant('float32', [], [1]), b.constant('int16', [], [0], 'short')],
    {},
    { name: 'sixteen bits' },
  );
  const blocks = b.constant('float32', [1, 2], [1, 1]);
  b.node(
    'DequantizeLinear',
    [b.constant('int8', [1, 4], [1, 2, 3, 4]), blocks],
    { block_size: 2 },
    { name: 'blocked' },
  );
  b.node('Gather', [q, b.node('ArgMax', [q], { axis: 1 })], {}, { name: 'look-up' });
  b.node('TopK', [q, b.constant('int64', [1], [3])], {}, { name: 'three' });
  b.node('MatMul', [q, b.constant('float32', [4, 2], [1, 2, 3, 4, 5, 6, 7, 8])], {}, { name: 'float weights' });
  const linear = b.node('MatMul', [q, b.weights([4, 2], [1, 2, 3, 4, 5, 6, 7, 8], I8)], {}, { name: 'linear' });
  const sigmoid = b.node('Sigmoid', [linear], {}, { name: 'island' });
  const recovered = b.dequantize(b.quantize(sigmoid, U8), U8);
  b.node(
    'MatMul',
    [recovered, b.constant('float32', [2, 2], [1, 2, 3, 4])],
    {},
    { name: 'behind the island', output: 'y' },
  );
  b.output('y', 'float32', ['batch', 2]);
  expect(listed(b)).toMatchInlineSnapshot(`
   "MODEL_UNSUPPORTED graph input wide is float64; supported: float32, int8, uint8 -> convert that input outside the model
   MODEL_UNSUPPORTED dimension 1 of graph input open is not fixed (width) -> fix it, for example with onnxruntime.tools.make_dynamic_shape_fixed; only the first may be dynamic
   MODEL_UNSUPPORTED DynamicQuantizeLinear dynamic: it takes its scale from the data -> quantize it statically, for example with onnxruntime.quantization.quantize_static
   MODEL_UNSUPPORTED com.microsoft.MatMulIntegerToFloat behind: it takes its scale from the data -> quantize it statically, for example with onnxruntime.quantization.quantize_static
   MODEL_UNSUPPORTED If branch: control flow has no fixed circuit -> export the model without control flow, for example by tracing it for one input shape
   MODEL_UNSUPPORTED SplitToSequence sequence: sequences of tensors have no fixed circuit -> export the model with Split and Concat of fixed sizes
   MODEL_UNSUPPORTED LSTM recurrent: recurrent operators have no quantized form in ONNX -> unroll it into MatMul, Add, Sigmoid and Tanh before quantizing
   MODEL_UNSUPPORTED Einsum rare: the operator is not supported -> leave it out of the model and compute it outside the proof, or replace it by supported operators
   MODEL_UNSUPPORTED Clip half precision: its input half cannot be used: its element type is float16 -> convert the model to float32 before quantizing
   MODEL_UNSUPPORTED DequantizeLinear four bits: its input nibbles cannot be used: its element type is int4 -> quantize to int8 or uint8
   MODEL_UNSUPPORTED QuantizeLinear sixteen bits: its input short cannot be used: its element type is int16 -> quantize to int8 or uint8
   MODEL_UNSUPPORTED DequantizeLinear blocked: blocked quantization is not supported -> quantize per tensor or per channel
   MODEL_UNSUPPORTED Gather look-up: its indices (v18) are computed from data -> only constant indices are supported: look values up outside the proof
   MODEL_UNSUPPORTED TopK three: k is 3; only 1 is supported -> take the greatest element only, or sort outside the proof
   MODEL_NOT_QUANTIZED MatMul float weights: its weights c22 are float -> quantize every tensor between operators statically, for example with onnxruntime.quantization.quantize_static
   MODEL_NOT_QUANTIZED Sigmoid island: the float result of linear is not quantized before it -> quantize every tensor between operators statically, for example with onnxruntime.quantization.quantize_static
   MODEL_NOT_QUANTIZED MatMul behind the island: its weights c36 are float -> quantize every tensor between operators statically, for example with onnxruntime.quantization.quantize_static"
  `);
});

it('finds problems behind refused nodes whose result types the file declares', () => {
  const b = new ModelBuilder();
  b.input('x', 'float32', ['batch', 4]);
  b.node('LSTM', ['x'], {}, { name: 'recurrent', output: b.declare('hidden', 'float32', ['batch', 3]) });
  const q = b.dequantize(b.quantize('hidden', U8), U8);
  b.node('Squeeze', [q, b.constant('int64', [1], [1])], {}, { name: 'squeeze' });
  b.node('MatMul', [q, b.constant('float32', [3, 1], [1, 2, 3])], {}, { name: 'float weights', output: 'y' });
  b.output('y', 'float32', ['batch', 1]);
  expect(listed(b)).toMatchInlineSnapshot(`
   "MODEL_UNSUPPORTED LSTM recurrent: recurrent operators have no quantized form in ONNX -> unroll it into MatMul, Add, Sigmoid and Tanh before quantizing
   MODEL_FORMAT Squeeze squeeze: axis 1 has size 3 -> the model breaks the ONNX specification; check it with onnx.checker
   MODEL_NOT_QUANTIZED MatMul float weights: its weights c8 are float -> quantize every tensor between operators statically, for example with onnxruntime.quantization.quantize_static"
  `);
});

it('says only that a float model is not quantized, and what else it does not support', () => {
  const b = new ModelBuilder();
  b.input('x', 'float32', [1, 4]);
  const y = b.node('MatMul', ['x', b.constant('float32', [4, 4], new Array<number>(16).fill(1))]);
  b.node('Einsum', [y], {}, { output: 'y', name: 'rare' });
  b.output('y', 'float32', [1, 4]);
  expect(listed(b)).toMatchInlineSnapshot(`
   "MODEL_NOT_QUANTIZED the model is not quantized: all its operators are float -> quantize it statically, for example with onnxruntime.quantization.quantize_static
   MODEL_UNSUPPORTED Einsum rare: the operator is not supported -> leave it out of the model and compute it outside the proof, or replace it by supported operators"
  `);
});

it('refuses arithmetic on the places that ArgMax finds', () => {
  const b = new ModelBuilder();
  b.input('x', 'uint8', [1, 4]);
  const places = b.node('Cast', [b.node('ArgMax', ['x'], { axis: 1, keepdims: 0 })], { to: 1 });
  b.node('Identity', [places], {}, { output: 'y' });
  b.node('Cast', [b.node('ArgMax', ['x'], { axis: 1 }, { output: 'z' })], { to: 3 }, { name: 'narrow' });
  b.node('Max', ['z', 'z'], {}, { name: 'compare' });
  b.output('y', 'float32', [1]);
  b.output('z', 'int64', [1, 1]);
  expect(listed(b)).toMatchInlineSnapshot(`
   "MODEL_UNSUPPORTED Max compare: input 0 is int64; supported: float32, int8, uint8 -> leave it out of the model and compute it outside the proof, or replace it by supported operators
   MODEL_UNSUPPORTED Cast narrow: it turns the places that ArgMax found into int8 -> cast to int64 or float32"
  `);
});
