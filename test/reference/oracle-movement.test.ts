/** Operators that move elements, lowered and evaluated on integers, against ONNX Runtime in exact mode. */
import { ModelBuilder } from '../support/model-builder.js';
import type { AttributeValue } from '../support/model-builder.js';
import { compareWithOracle, randomParameters } from '../support/compare-oracle.js';
import { Oracle } from '../support/onnxruntime.js';
import { Random } from '../support/random.js';

let oracle: Oracle;
beforeAll(() => {
  oracle = new Oracle();
});
afterAll(() => oracle.close());

type Build = (b: ModelBuilder, x: string) => string;
type Build3 = (b: ModelBuilder, x: string, random: Random) => string;
const random18 = (): number[] => Array.from({ length: 18 }, (_, i) => Math.fround(i * 0.37 - 2));
const ints = (b: ModelBuilder, list: readonly number[]): string => b.constant('int64', [list.length], list);
const node = (op: string, attributes: Record<string, AttributeValue>, ...lists: readonly number[][]): Build => {
  return (b, x) => b.node(op, [x, ...lists.map((list) => ints(b, list))], attributes);
};
const indexed = (op: string, attributes: Record<string, AttributeValue>, shape: number[], data: number[]): Build => {
  return (b, x) => b.node(op, [x, b.constant('int64', shape, data)], attributes);
};
const padded = (mode: string, pads: number[]): Build => node('Pad', { mode }, pads);

/** Each on a tensor of shape [2, 4, 6, 4], with the opset it needs. */
const CASES: Readonly<Record<string, readonly [opset: number, build: Build]>> = {
  'Slice, two axes': [13, node('Slice', {}, [1, 0], [4, 5], [1, 2])],
  'Slice, negative steps and axes': [13, node('Slice', {}, [-1, 3], [-100, 0], [-1, 1], [-2, -2])],
  'Slice, reversed': [13, node('Slice', {}, [-1], [-(2 ** 31)], [2], [-1])],
  'Slice, ends beyond the axis': [13, node('Slice', {}, [1], [2 ** 31], [3], [2])],
  'Gather, scalar index': [13, indexed('Gather', { axis: 1 }, [], [-2])],
  'Gather, matrix of indices': [13, indexed('Gather', { axis: 2 }, [2, 3], [0, -1, 3, 3, 2, -6])],
  GatherElements: [13, indexed('GatherElements', { axis: 3 }, [1, 2, 3, 2], [0, 1, 2, 3, -1, -4, 0, 0, 1, 1, 2, 2])],
  GatherND: [13, indexed('GatherND', {}, [5, 2], [0, 3, 1, -1, -2, 2, 1, 1, 0, 0])],
  'GatherND, batch': [13, indexed('GatherND', { batch_dims: 1 }, [2, 2, 2], [0, 1, 3, 5, -1, 2, 1, 0])],
  Expand: [13, (b, x) => b.node('Expand', [node('Slice', {}, [0], [1], [1])(b, x), ints(b, [3, 1, 2, 5, 1, 1])])],
  Tile: [13, node('Tile', {}, [1, 2, 1, 3])],
  'DepthToSpace, DCR': [13, node('DepthToSpace', { blocksize: 2 })],
  'DepthToSpace, CRD': [13, node('DepthToSpace', { blocksize: 2, mode: 'CRD' })],
  SpaceToDepth: [13, node('SpaceToDepth', { blocksize: 2 })],
  'Pad, constant': [13, padded('constant', [0, 1, 2, 0, 1, 0, 0, 3])],
  'Pad, constant that cuts': [13, padded('constant', [0, -1, 2, 0, 0, 0, -3, 1])],
  'Pad, reflect': [13, padded('reflect', [0, 1, 5, 0, 0, 2, 0, 3])],
  'Pad, edge': [13, padded('edge', [0, 1, 2, 0, 1, 0, 4, 3])],
  'Pad, wrap': [19, padded('wrap', [0, 1, 2, 0, 1, 0, 6, 3])],
  'Pad, some axes': [18, (b, x) => b.node('Pad', [x, ints(b, [1, 2, 0, 1]), '', ints(b, [-1, 1])])],
  Transpose: [13, node('Transpose', { perm: [3, 1, 0, 2] })],
  'Transpose and Slice': [13, (b, x) => node('Slice', {}, [1], [3], [0])(b, b.node('Transpose', [x]))],
  'Identity and Dropout': [13, (b, x) => b.node('Dropout', [b.node('Identity', [x])])],
};

describe.each(Object.entries(CASES))('%s', (name, [opset, build]) => {
  it.each(['int8', 'uint8'] as const)('between DequantizeLinear and QuantizeLinear, %s', async (dtype) => {
    const random = new Random(11);
    const from = { ...randomParameters(random, dtype), scale: Math.fround(0.09) };
    const to = { ...randomParameters(random, random.pick(['int8', 'uint8'])), scale: Math.fround(0.11) };
    const b = new ModelBuilder(opset);
    b.input('x', dtype, [2, 4, 6, 4]);
    b.quantize(build(b, b.dequantize('x', from)), to, 'y');
    b.output('y', to.dtype, ['?']);
    await compareWithOracle(oracle, b.encode(), random, 1);
  });

  // ONNX Runtime has no 8-bit kernels for these.
  if (/DepthToSpace|SpaceToDepth|Dropout/.test(name)) return;
  it('on uint8 tensors', async () => {
    const b = new ModelBuilder(opset);
    b.input('x', 'uint8', [2, 4, 6, 4]);
    b.node('Identity', [build(b, 'x')], {}, { output: 'y' });
    b.output('y', 'uint8', ['?']);
    await compareWithOracle(oracle, b.encode(), new Random(12), 1);
  });
});

describe('Split', () => {
  const split =
    (opset: number, attributes: Record<string, AttributeValue>, sizes?: readonly number[]) =>
    async (): Promise<void> => {
      const b = new ModelBuilder(opset);
      b.input('x', 'uint8', [2, 7, 3]);
      const inputs = sizes ? ['x', ints(b, sizes)] : ['x'];
      b.manyOutputs('Split', inputs, attributes, ['a', 'b', 'c']);
      for (const name of ['a', 'b', 'c']) b.output(name, 'uint8', ['?']);
      await compareWithOracle(oracle, b.encode(), new Random(21), 1);
    };
  it('by attribute', split(11, { axis: 1, split: [2, 4, 1] }));
  it('by input', split(13, { axis: -2 }, [1, 5, 1]));
  it('into equal parts', split(13, { axis: 2 }));
  it('into a number of parts', split(18, { axis: 1, num_outputs: 3 }));
});

describe('Concat', () => {
  const a = { dtype: 'uint8', scale: Math.fround(0.07), zeroPoint: 100 } as const;
  const c = { dtype: 'uint8', scale: Math.fround(0.05), zeroPoint: 130 } as const;

  it('of integers, a constant among them', async () => {
    const b = new ModelBuilder();
    b.input('x', 'int8', [2, 3]);
    b.input('z', 'int8', [2, 1]);
    b.node('Concat', ['x', b.constant('int8', [2, 2], [5, -7, 5, 127]), 'z'], { axis: 1 }, { output: 'y' });
    b.output('y', 'int8', [2, 6]);
    await compareWithOracle(oracle, b.encode(), new Random(31));
  });

  it.each([
    ['one', [a, a], a],
    ['one, and quantizes to another', [a, a], c],
    ['two scales', [a, c], c],
  ] as const)('of tensors of %s', async (_, [first, second], to) => {
    const random = new Random(32);
    const b = new ModelBuilder();
    b.input('x', 'uint8', [2, 40]);
    b.input('z', 'uint8', [2, 30]);
    const parts = [b.dequantize('x', first), b.dequantize('z', second)];
    b.quantize(b.node('Concat', parts, { axis: 1 }), to, 'y');
    b.output('y', 'uint8', [2, 70]);
    await compareWithOracle(oracle, b.encode(), random);
  });

  it('of data and quantized weights', async () => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [1, 40]);
    const weights = b.weights([1, 5], [1, 2, 200, 255, 2], a);
    b.quantize(b.node('Concat', [b.dequantize('x', c), weights], { axis: 1 }), c, 'y');
    b.output('y', 'uint8', [1, 45]);
    await compareWithOracle(oracle, b.encode(), new Random(33));
  });

  it('QLinearConcat', async () => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [1, 3, 20]);
    b.input('z', 'uint8', [1, 2, 20]);
    const operands = [...b.parameters(c), 'x', ...b.parameters(a), 'z', ...b.parameters(c)];
    b.node('QLinearConcat', operands, { axis: 1 }, { output: 'y', domain: 'com.microsoft' });
    b.output('y', 'uint8', [1, 5, 20]);
    await compareWithOracle(oracle, b.encode(), new Random(34));
  });
});

it('moves between a linear operator and its QuantizeLinear', async () => {
  const u8 = { dtype: 'uint8', scale: Math.fround(0.04), zeroPoint: 120 } as const;
  const out = { dtype: 'uint8', scale: Math.fround(0.3), zeroPoint: 110 } as const;
  const random = new Random(41);
  const b = new ModelBuilder();
  b.input('x', 'float32', [1, 2, 6, 6]);
  const w = { dtype: 'uint8', scale: Math.fround(0.02), zeroPoint: 100 } as const;
  const weights = b.weights([4, 2, 3, 3], random.integers(72, 0, 255), w);
  const conv = b.node('Conv', [b.dequantize(b.quantize('x', u8), u8), weights]);
  b.manyOutputs('Split', [conv], { axis: 1 }, ['first', 'second']);
  const sliced = node('Slice', {}, [3, 0], [-5, 2], [2, 3], [-1, 1])(b, 'first');
  b.dequantize(b.quantize(b.node('Relu', [sliced]), out), out, 'y');
  b.dequantize(b.quantize(b.node('Transpose', ['second']), out), out, 'z');
  b.output('y', 'float32', ['?']);
  b.output('z', 'float32', ['?']);
  await compareWithOracle(oracle, b.encode(), random);
});

it('Cast to the same type', async () => {
  const b = new ModelBuilder();
  b.input('x', 'int8', [4, 5]);
  b.node('Cast', [b.node('Transpose', ['x'])], { to: 3 }, { output: 'y' });
  b.output('y', 'int8', ['?']);
  await compareWithOracle(oracle, b.encode(), new Random(42));
});

describe('values of several origins', () => {
  // Powers of two: ONNX Runtime leaves these in float32, where sums then are exact.
  const x8 = { dtype: 'uint8', scale: 2 ** -4, zeroPoint: 120 } as const;
  const out = { dtype: 'uint8', scale: 2 ** -2, zeroPoint: 60 } as const;
  const weights = (b: ModelBuilder, random: Random, shape: readonly number[]): string => {
    const count = shape.reduce((a, c) => a * c, 1);
    return b.weights(shape, random.integers(count, -50, 50), { dtype: 'int8', scale: 2 ** -5, zeroPoint: 0 });
  };
  const model = (build: (b: ModelBuilder, x: string, random: Random) => string): Uint8Array => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [1, 3, 6, 6]);
    b.quantize(build(b, b.dequantize('x', x8), new Random(52)), out, 'y');
    b.output('y', 'uint8', ['?']);
    return b.encode();
  };

  it.each<[string, Build3]>([
    [
      'two convolutions, their input and a Relu behind',
      (b, x, random) => {
        const first = b.node('Conv', [x, weights(b, random, [2, 3, 3, 3])], { pads: [1, 1, 1, 1] });
        const second = b.node('Conv', [x, weights(b, random, [4, 3, 1, 1])]);
        const joined = b.node('Concat', [first, b.node('Concat', [x, second], { axis: 1 })], { axis: 1 });
        return b.node('Relu', [b.node('Slice', [joined, ints(b, [1]), ints(b, [8]), ints(b, [1])])]);
      },
    ],
    [
      'a convolution padded with a number',
      (b, x, random) => {
        const y = b.node('Conv', [x, weights(b, random, [2, 3, 3, 3])]);
        return b.node('Pad', [y, ints(b, [0, 0, 1, 2, 0, 0, 0, 1]), b.constant('float32', [], [0.7])]);
      },
    ],
    [
      'data padded with a number that is none of its own',
      (b, x) => b.node('Pad', [x, ints(b, [0, 0, 1, 2, 0, 0, 0, 1]), b.constant('float32', [], [0.7])]),
    ],
    [
      'the maximum of a convolution',
      (b, x, random) => b.node('ReduceMax', [b.node('Conv', [x, weights(b, random, [9, 3, 3, 3])])], { axes: [2] }),
    ],
    [
      'the least of two convolutions',
      (b, x, random) => {
        const parts = [0, 1].map(() => b.node('Conv', [x, weights(b, random, [2, 3, 3, 3])]));
        return b.node('Min', parts);
      },
    ],
    [
      'data and float constants',
      (b, x) => b.node('Concat', [x, b.constant('float32', [1, 3, 1, 6], random18())], { axis: 2 }),
    ],
  ])('%s', async (_, build) => {
    await compareWithOracle(oracle, model(build), new Random(53));
  });

  it('a graph input that is padded before it is quantized', async () => {
    const b = new ModelBuilder();
    b.input('x', 'float32', [1, 2, 5]);
    const y = b.node('Pad', ['x', ints(b, [0, 1, 2, 0, 0, 1]), b.constant('float32', [], [1.26])]);
    b.quantize(b.node('Transpose', [y]), x8, 'y');
    b.output('y', 'uint8', ['?']);
    await compareWithOracle(oracle, b.encode(), new Random(54));
  });
});

it('moves of weights quantized per channel', async () => {
  const random = new Random(61);
  const scale = [0.01, 0.02, 0.03, 0.04].map(Math.fround);
  const b = new ModelBuilder();
  b.input('x', 'uint8', [1, 6]);
  const stored = b.weights([4, 2, 3], random.integers(24, -100, 100), { dtype: 'int8', scale, zeroPoint: 0, axis: 0 });
  const picked = b.node('Gather', [b.node('Reshape', [stored, ints(b, [4, 6])]), ints(b, [3, 0, 2])], { axis: 0 });
  const product = b.node('MatMul', [
    b.dequantize('x', { dtype: 'uint8', scale: Math.fround(0.1), zeroPoint: 128 }),
    b.node('Transpose', [picked]),
  ]);
  b.quantize(product, { dtype: 'uint8', scale: Math.fround(0.5), zeroPoint: 128 }, 'y');
  b.output('y', 'uint8', [1, 3]);
  await compareWithOracle(oracle, b.encode(), random, 10);
});
