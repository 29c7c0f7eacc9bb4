import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OnnxNode } from '../../src/ir/types.js';
import { importModel } from '../../src/onnx/import.js';
import { ModelBuilder } from '../support/model-builder.js';
import type { AttributeValue } from '../support/model-builder.js';
import { problemsOf } from '../support/problems.js';

/** Shape of the output of one node on an int8 input. */
function shapeOf(
  op: string,
  input: readonly number[],
  attributes: Readonly<Record<string, AttributeValue>>,
  constants: readonly (readonly number[])[] = [],
  opset = 13,
): readonly number[] {
  const b = new ModelBuilder(opset);
  b.input('x', 'int8', input);
  const operands = constants.map((data) => b.constant('int64', [data.length], data));
  b.node(op, ['x', ...operands], attributes, { output: 'y' });
  b.output('y', 'int8', ['?']);
  return importModel(b.encode()).values.get('y')!.shape;
}

describe('shapes', () => {
  it.each([
    ['Flatten', [2, 3, 4], {}, [], [2, 12]],
    ['Flatten', [2, 3, 4], { axis: 0 }, [], [1, 24]],
    ['Flatten', [2, 3, 4], { axis: -1 }, [], [6, 4]],
    ['Flatten', [2, 3, 4], { axis: 3 }, [], [24, 1]],
    ['Reshape', [2, 3, 4], {}, [[0, -1]], [2, 12]],
    ['Reshape', [2, 3, 4], {}, [[4, 6]], [4, 6]],
    ['Squeeze', [1, 3, 1], {}, [[0]], [3, 1]],
    ['Squeeze', [1, 3, 1], {}, [], [3]],
    ['Unsqueeze', [3, 4], {}, [[0, -1]], [1, 3, 4, 1]],
    ['Transpose', [2, 3, 4], {}, [], [4, 3, 2]],
    ['Transpose', [2, 3, 4], { perm: [1, 0, 2] }, [], [3, 2, 4]],
    ['MaxPool', [1, 2, 5, 5], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }, [], [1, 2, 3, 3]],
    ['MaxPool', [1, 2, 5, 5], { kernel_shape: [2, 2], strides: [2, 2] }, [], [1, 2, 2, 2]],
  ] as const)('%s of %j with %j %j is %j', (op, input, attributes, constants, expected) => {
    expect(shapeOf(op, input, attributes, constants)).toEqual(expected);
  });

  it('takes axes as attribute before opset 13', () => {
    expect(shapeOf('Squeeze', [1, 3, 1], { axes: [2] }, [], 11)).toEqual([1, 3]);
    expect(shapeOf('Unsqueeze', [3], { axes: [0] }, [], 10)).toEqual([1, 3]);
  });

  it('sets a symbolic batch to 1', () => {
    const b = new ModelBuilder();
    b.input('x', 'int8', ['batch', 3, 2]);
    b.node('Flatten', ['x'], {}, { output: 'y' });
    b.output('y', 'int8', ['batch', 6]);
    expect(importModel(b.encode()).outputs[0]!.shape).toEqual([1, 6]);
  });

  it('sets dimensions of the same name to the batch size everywhere', () => {
    const b = new ModelBuilder();
    b.input('x', 'int8', ['batch', 3]);
    b.input('z', 'int8', [2, 'batch']);
    b.node('Transpose', ['z'], {}, { output: 'y' });
    b.output('y', 'int8', ['batch', 2]);
    expect(importModel(b.encode()).outputs[0]!.shape).toEqual([1, 2]);
  });

  it.each([
    ['Slice', { axes: [1], starts: [-2], ends: [100] }, [], 9, [2, 2, 4]],
    [
      'Slice',
      {},
      [
        [0, 3],
        [2, 0],
        [0, 2],
        [1, -2],
      ],
      13,
      [2, 3, 2],
    ],
    ['Split', { axis: 1, split: [1, 2] }, [], 11, [2, 1, 4]],
    ['Split', { axis: 1, num_outputs: 2 }, [], 18, [2, 2, 4]],
    ['Pad', { pads: [0, 1, 0, 0, 0, 2], mode: 'constant' }, [], 10, [2, 4, 6]],
    ['Tile', {}, [[1, 2, 3]], 13, [2, 6, 12]],
    ['Expand', {}, [[5, 1, 3, 1]], 13, [5, 2, 3, 4]],
    ['Gather', { axis: 1 }, [[0, 1]], 13, [2, 2, 4]],
    ['ReduceMax', { axes: [0, 2], keepdims: 0 }, [], 13, [3]],
    ['ReduceMax', {}, [[-1]], 18, [2, 3, 1]],
    ['ReduceMax', {}, [], 18, [1, 1, 1]],
    ['ReduceMax', { noop_with_empty_axes: 1 }, [], 18, [2, 3, 4]],
    ['GlobalMaxPool', {}, [], 13, [2, 3, 1]],
    ['ArgMax', { axis: -1, keepdims: 0 }, [], 13, [2, 3]],
    ['TopK', { axis: 1 }, [[1]], 13, [2, 1, 4]],
  ] as const)('%s of [2, 3, 4] with %j %j', (op, attributes, constants, opset, expected) => {
    expect(shapeOf(op, [2, 3, 4], attributes, constants, Math.max(opset, 10))).toEqual(expected);
  });

  it('follows shapes that the model computes', () => {
    const b = new ModelBuilder();
    b.input('x', 'int8', ['batch', 3, 2]);
    const shape = b.node('Shape', ['x']);
    const batch = b.node('Gather', [shape, b.constant('int64', [], [0])], { axis: 0 });
    const first = b.node('Unsqueeze', [batch, b.constant('int64', [1], [0])]);
    const target = b.node('Concat', [first, b.constant('int64', [1], [-1])], { axis: 0 });
    b.node('Reshape', ['x', target], {}, { output: 'y' });
    b.output('y', 'int8', ['batch', 6]);
    const graph = importModel(b.encode());
    expect(graph.outputs[0]!.shape).toEqual([1, 6]);
    expect(graph.nodes.map((node) => (node as OnnxNode).op)).toEqual(['Reshape']);
  });
});

it('resolves auto_pad and ceil_mode to pads', () => {
  const attributes = (given: Record<string, AttributeValue>): unknown => {
    const b = new ModelBuilder();
    b.input('x', 'int8', [1, 1, 6, 6]);
    b.node('MaxPool', ['x'], given, { output: 'y' });
    b.output('y', 'int8', ['?']);
    return (importModel(b.encode()).nodes[0] as OnnxNode).attributes['pads'];
  };
  expect(attributes({ kernel_shape: [3, 4], auto_pad: 'SAME_UPPER' })).toEqual([1, 1, 1, 2]);
  expect(attributes({ kernel_shape: [3, 4], auto_pad: 'SAME_LOWER' })).toEqual([1, 2, 1, 1]);
  expect(attributes({ kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 })).toEqual([0, 0, 1, 1]);
  expect(attributes({ kernel_shape: [3, 3], strides: [3, 3], ceil_mode: 1 })).toEqual([0, 0, 0, 0]);
});

describe('refusals', () => {
  it('reports every problem of a model at once', () => {
    const b = new ModelBuilder();
    b.input('x', 'float32', [1, 4]);
    b.input('d', 'float64', [1]);
    b.input('free', 'float32', [1, 'width']);
    const q = b.node('DynamicQuantizeLinear', ['x'], {}, { name: 'dynamic' });
    b.node('Einsum', [q], {}, { name: 'sum' });
    b.node('If', ['x'], {}, { name: 'branch' });
    b.node('Relu', ['x'], { slope: 2 }, { name: 'odd' });
    b.node('Gelu', ['x'], {}, { name: 'foreign', domain: 'my.domain', output: 'y' });
    b.output('y', 'float32', [1, 4]);
    const problems = problemsOf(() => importModel(b.encode()));
    expect(problems.map((problem) => [problem.location?.node ?? problem.location?.tensor, problem.code])).toEqual([
      ['d', 'MODEL_UNSUPPORTED'],
      ['free', 'MODEL_UNSUPPORTED'],
      ['dynamic', 'MODEL_UNSUPPORTED'],
      ['sum', 'MODEL_UNSUPPORTED'],
      ['branch', 'MODEL_UNSUPPORTED'],
      ['odd', 'MODEL_UNSUPPORTED'],
      ['foreign', 'MODEL_UNSUPPORTED'],
    ]);
    expect(problems[2]!.hint).toMatch(/quantize it statically/);
    expect(problems[4]!.message).toMatch(/control flow/);
    expect(problems[6]!.message).toMatch(/my\.domain\.Gelu foreign/);
  });

  it.each(['iris-mlp', 'digits-mlp'])('says how to quantize a float model (%s)', (name) => {
    const bytes = readFileSync(join(import.meta.dirname, `../../fixtures/${name}/float.onnx`));
    const [problem] = problemsOf(() => importModel(bytes));
    expect(problem!.code).toBe('MODEL_NOT_QUANTIZED');
    expect(problem!.hint).toBe('quantize it statically, for example with onnxruntime.quantization.quantize_static');
  });

  it.each([
    ['Slice', [2, 3], {}, [[0], [2], [0], [0]]],
    ['Slice', [2, 3], {}, [[2], [1]]],
    ['Split', [2, 3], { axis: 1 }, [[1, 1]]],
    ['Pad', [2, 3], { mode: 'reflect' }, [[0, 3, 0, 0]]],
    ['Pad', [2, 3], { mode: 'wrap' }, [[0, -1, 0, 0]]],
    ['Pad', [2, 3], { mode: 'mirror' }, [[0, 1, 0, 0]]],
    ['Gather', [2, 3], { axis: 1 }, [[3]]],
    ['GatherElements', [2, 3], {}, [[0]]],
    ['GatherND', [2, 3], {}, [[0, 0, 0]]],
    ['Tile', [2, 3], {}, [[2]]],
    ['Expand', [2, 3], {}, [[4, 3]]],
    ['DepthToSpace', [1, 3, 2, 2], { blocksize: 2 }, []],
    ['SpaceToDepth', [1, 3, 3, 2], { blocksize: 2 }, []],
    ['ArgMax', [1, 300], { axis: 1 }, []],
    ['TopK', [1, 3], {}, [[2]]],
    ['Cast', [1, 3], { to: 16 }, []],
    ['Reshape', [2, 3], {}, [[4]]],
    ['Reshape', [2, 3], {}, [[-1, -1]]],
    ['Squeeze', [2, 3], {}, [[0]]],
    ['Transpose', [2, 3], { perm: [0, 0] }, []],
    ['Flatten', [2, 3], { axis: 5 }, []],
    ['MaxPool', [1, 1, 2, 2], { kernel_shape: [3, 3] }, []],
    ['MaxPool', [1, 1, 2, 2], { kernel_shape: [1, 1], pads: [1, 1, 1, 1] }, []],
    ['MaxPool', [1, 1, 2, 2], { kernel_shape: [2, 2], strides: [0, 1] }, []],
    ['MaxPool', [1, 1, 100000], { kernel_shape: [50000], pads: [49999, 49999] }, []],
    ['MaxPool', [1, 1, 2, 2], { kernel_shape: [2, 2], pads: [60000, 60000, 60000, 60000] }, []],
  ] as const)('%s of %j with %j %j', (op, input, attributes, constants) => {
    const [problem] = problemsOf(() => shapeOf(op, input, attributes, constants));
    expect(['MODEL_FORMAT', 'MODEL_UNSUPPORTED']).toContain(problem!.code);
    expect(problem!.location?.op).toBe(op);
  });

  it('names values that are not defined and outputs that are never computed', () => {
    const b = new ModelBuilder();
    b.input('x', 'int8', [1]);
    b.node('Identity', ['later'], {}, { output: 'y' });
    b.output('y', 'int8', [1]);
    b.output('z', 'int8', [1]);
    expect(problemsOf(() => importModel(b.encode())).map((problem) => problem.message)).toEqual([
      'Identity Identity_0: its input later is not defined before it',
      'graph output z is never computed',
    ]);
  });

  it('refuses opsets before 10', () => {
    const b = new ModelBuilder(9);
    b.input('x', 'int8', [1]);
    b.node('Identity', ['x'], {}, { output: 'y' });
    b.output('y', 'int8', [1]);
    expect(problemsOf(() => importModel(b.encode()))[0]!.message).toMatch(/opset 9/);
  });
});
