/** What import computes ahead of time: all of it ends in a shape or in a constant that nothing but an Identity of data reads. */
import type { OnnxNode, Tensor } from '../../src/ir/types.js';
import { importModel } from '../../src/onnx/import.js';
import { ModelBuilder } from '../support/model-builder.js';
import { problemsOf } from '../support/problems.js';

/** The constant that a chain of constant nodes folds to. `x` is int8 [2, 3, 5]. */
function folded(
  build: (b: ModelBuilder) => string,
  opset = 18,
): { dtype: string; shape: readonly number[]; data: number[] } {
  const b = new ModelBuilder(opset);
  b.input('x', 'int8', [2, 3, 5]);
  b.node('Identity', ['x'], {}, { output: 'y' });
  b.output('y', 'int8', [2, 3, 5]);
  const name = build(b);
  const graph = importModel(b.encode());
  expect(graph.nodes.map((node) => (node as OnnxNode).op)).toEqual(['Identity']);
  const { dtype, shape, data } = graph.constants.get(name) as Tensor;
  return { dtype, shape, data: Array.from(data, Number) };
}

const i64 = (b: ModelBuilder, data: readonly number[], shape: readonly number[] = [data.length]): string =>
  b.constant('int64', shape, data);
const f32 = (b: ModelBuilder, data: readonly number[], shape: readonly number[] = [data.length]): string =>
  b.constant('float32', shape, data);

describe('arithmetic', () => {
  it.each([
    ['Add', [7, -7], [2, 2], [9, -5]],
    ['Sub', [7, -7], [2, 2], [5, -9]],
    ['Mul', [7, -7], [2, 2], [14, -14]],
    ['Div', [7, -7], [2, 2], [3, -3]],
    ['Mod', [7, -7], [3, 3], [1, 2]],
    ['Min', [7, -7], [2, 2], [2, -7]],
    ['Max', [7, -7], [2, 2], [7, 2]],
    ['Equal', [7, 2], [2, 2], [0, 1]],
    ['Less', [7, -7], [2, 2], [0, 1]],
    ['GreaterOrEqual', [2, -7], [2, 2], [1, 0]],
  ] as const)('%s of %j and %j is %j', (op, a, c, expected) => {
    expect(folded((b) => b.node(op, [i64(b, a), i64(b, c)])).data).toEqual(expected);
    expect(folded((b) => b.node(op, [f32(b, a), f32(b, c)], op === 'Mod' ? { fmod: 1 } : {})).data).toEqual(
      op === 'Div' ? [3.5, -3.5] : op === 'Mod' ? [1, -1] : expected,
    );
  });

  it('broadcasts, wraps around and rounds to float32', () => {
    const sum = folded((b) => b.node('Add', [i64(b, [1, 2], [2, 1]), i64(b, [10, 20, 30])]));
    expect(sum).toEqual({ dtype: 'int64', shape: [2, 3], data: [11, 21, 31, 12, 22, 32] });
    const wrapped = folded((b) =>
      b.node('Add', [b.constant('int32', [1], [2 ** 31 - 1]), b.constant('int32', [1], [1])]),
    );
    expect(wrapped.data).toEqual([-(2 ** 31)]);
    expect(folded((b) => b.node('Add', [f32(b, [2 ** 24]), f32(b, [1])])).data).toEqual([2 ** 24]);
    expect(folded((b) => b.node('Mod', [i64(b, [-7]), i64(b, [3])], { fmod: 1 })).data).toEqual([-1]);
  });

  it('maps Neg, Abs, Floor, Ceil, Not and Cast', () => {
    expect(folded((b) => b.node('Neg', [b.node('Abs', [i64(b, [-3])])])).data).toEqual([-3]);
    expect(folded((b) => b.node('Floor', [f32(b, [-1.5, 2.5])])).data).toEqual([-2, 2]);
    expect(folded((b) => b.node('Ceil', [f32(b, [-1.5, 2.5])])).data).toEqual([-1, 3]);
    const cast = (b: ModelBuilder): string => b.node('Cast', [f32(b, [-1.5, 2.5, 0])], { to: 7 });
    expect(folded(cast)).toEqual({ dtype: 'int64', shape: [3], data: [-1, 2, 0] });
    const not = folded((b) => b.node('Not', [b.node('Cast', [cast(b)], { to: 9 })]));
    expect(not).toEqual({ dtype: 'bool', shape: [3], data: [0, 0, 1] });
    expect(folded((b) => b.node('Cast', [i64(b, [300, -1])], { to: 2 })).data).toEqual([44, 255]);
  });

  it('selects by Where', () => {
    const chosen = folded((b) =>
      b.node('Where', [b.constant('bool', [2, 1], [1, 0]), i64(b, [1, 2]), i64(b, [9], [])]),
    );
    expect(chosen).toEqual({ dtype: 'int64', shape: [2, 2], data: [1, 2, 9, 9] });
  });

  it('names a division by zero', () => {
    const [problem] = problemsOf(() => folded((b) => b.node('Div', [i64(b, [1]), i64(b, [0])])));
    expect(problem!.message).toMatch(/it divides by zero/);
  });
});

describe('shapes', () => {
  it.each([
    ['Shape', (b: ModelBuilder) => b.node('Shape', ['x']), [2, 3, 5]],
    ['Shape of a part', (b: ModelBuilder) => b.node('Shape', ['x'], { start: -2, end: 3 }), [3, 5]],
    ['Size', (b: ModelBuilder) => b.node('Size', ['x']), [30]],
    ['Range', (b: ModelBuilder) => b.node('Range', [i64(b, [5], []), i64(b, [-2], []), i64(b, [-3], [])]), [5, 2, -1]],
    ['ConstantOfShape', (b: ModelBuilder) => b.node('ConstantOfShape', [i64(b, [2])]), [0, 0]],
    ['ReduceProd', (b: ModelBuilder) => b.node('ReduceProd', [b.node('Shape', ['x'])], { keepdims: 0 }), [30]],
    ['ReduceMax', (b: ModelBuilder) => b.node('ReduceMax', [b.node('Shape', ['x']), i64(b, [0])]), [5]],
    [
      'an empty Slice and Concat',
      (b: ModelBuilder) => {
        const empty = b.node('Slice', [b.node('Shape', ['x']), i64(b, [3]), i64(b, [9])]);
        return b.node('Concat', [empty, i64(b, [-1])], { axis: 0 });
      },
      [-1],
    ],
  ] as const)('%s', (_, build, expected) => {
    expect(folded(build).data).toEqual(expected);
  });

  it('follows a chain as exporters write it', () => {
    const chain = (b: ModelBuilder): string => {
      const shape = b.node('Shape', ['x']);
      const dim = (i: number): string => b.node('Gather', [shape, i64(b, [i], [])], { axis: 0 });
      const product = b.node('Mul', [dim(1), dim(2)]);
      const parts = [dim(0), product].map((part) => b.node('Unsqueeze', [part, i64(b, [0])]));
      return b.node('Concat', parts, { axis: 0 });
    };
    expect(folded(chain)).toEqual({ dtype: 'int64', shape: [2], data: [2, 15] });
  });
});

it('moves constants: Split, Pad, Transpose, Tile, Expand', () => {
  const parts = (b: ModelBuilder): string => {
    b.manyOutputs('Split', [f32(b, [1, 2, 3, 4, 5])], { num_outputs: 2 }, ['first', 'second']);
    b.node('Add', ['first', 'first']);
    return 'second';
  };
  expect(folded((b) => b.node('Identity', [parts(b)])).data).toEqual([4, 5]);
  expect(folded((b) => b.node('Pad', [f32(b, [1, 2]), i64(b, [1, 1]), f32(b, [0.5], [])])).data).toEqual([
    0.5, 1, 2, 0.5,
  ]);
  expect(folded((b) => b.node('Transpose', [i64(b, [1, 2, 3, 4], [2, 2])])).data).toEqual([1, 3, 2, 4]);
  expect(folded((b) => b.node('Tile', [i64(b, [1, 2]), i64(b, [2])])).data).toEqual([1, 2, 1, 2]);
  expect(folded((b) => b.node('Expand', [i64(b, [1, 2], [2, 1]), i64(b, [2, 2])])).data).toEqual([1, 1, 2, 2]);
});
