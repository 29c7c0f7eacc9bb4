/** The official ONNX operator tests. */
import { ZkinferError } from '../../src/errors.js';
import { importModel } from '../../src/onnx/import.js';
import { readConformanceCase, readConformanceModel } from '../support/conformance.js';
import { problemsOf } from '../support/problems.js';
import { lower, runGraph } from '../support/run-model.js';

it.each([
  'test_quantizelinear',
  'test_dequantizelinear',
  'test_qlinearconv',
  'test_qlinearmatmul_2D_int8_float32',
  'test_qlinearmatmul_2D_uint8_float32',
  'test_maxpool_2d_uint8',
  'test_clip_default_int8_inbounds',
  'test_clip_default_int8_max',
  'test_clip_default_int8_min',
])('%s', (name) => {
  const { model, input, output } = readConformanceCase(name);
  const graph = lower(model);
  const result = runGraph(graph, { [graph.inputs[0]!.name]: Array.from(input.data, Number) });
  expect(graph.outputs[0]!.shape).toEqual(output.shape);
  expect(result[graph.outputs[0]!.name]).toEqual(Array.from(output.data, Number));
});

it.each([
  ['test_dynamicquantizelinear', /scale from the data/],
  ['test_quantizelinear_e4m3fn', /zero_point|type/],
  ['test_quantizelinear_int16', /./],
  ['test_dequantizelinear_blocked', /blocked/],
])('refuses %s', (name, message) => {
  const attempt = (): unknown => importModel(readConformanceModel(name));
  expect(attempt).toThrow(ZkinferError);
  expect(problemsOf(attempt).map(String).join('\n')).toMatch(message);
});

it('refuses a product with a three-dimensional second operand and per-channel activations', () => {
  const product = problemsOf(() => lower(readConformanceCase('test_qlinearmatmul_3D_uint8_float32').model));
  expect(product.map((problem) => problem.message)).toEqual([
    'QLinearMatMul #0: its second operand has more than two dimensions',
  ]);
  expect(problemsOf(() => lower(readConformanceCase('test_quantizelinear_axis').model))[0]!.message).toMatch(
    /per channel/,
  );
});
