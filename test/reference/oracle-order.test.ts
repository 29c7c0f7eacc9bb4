/** Operators that compare elements, lowered and evaluated on integers, against ONNX Runtime in exact mode. */
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
const node = (op: string, attributes: Record<string, AttributeValue> = {}, ...lists: readonly number[][]): Build => {
  return (b, x) => {
    const constants = lists.map((list) => b.constant('int64', [list.length], list));
    return b.node(op, [x, ...constants], attributes);
  };
};

/** On a tensor of shape [2, 5, 4, 6]. */
const EXTREMA: Readonly<Record<string, readonly [opset: number, build: Build]>> = {
  GlobalMaxPool: [13, node('GlobalMaxPool')],
  'ReduceMax, axes attribute': [13, node('ReduceMax', { axes: [1, -1], keepdims: 0 })],
  'ReduceMax, axes input': [18, node('ReduceMax', {}, [0])],
  ReduceMin: [13, node('ReduceMin', { axes: [2], keepdims: 0 })],
  'ReduceMax of a Sigmoid': [13, (b, x) => b.node('ReduceMax', [b.node('Sigmoid', [x])], { axes: [2] })],
  'Relu of a ReduceMin': [13, (b, x) => b.node('Relu', [b.node('ReduceMin', [x], { axes: [2] })])],
  'Max by a constant': [13, (b, x) => b.node('Max', [b.constant('float32', [], [0.3]), x])],
  'Min of a tensor and its parts': [
    13,
    (b, x) => b.node('Min', [x, node('ReduceMax', { axes: [1] })(b, x), node('ReduceMax', { axes: [0, 3] })(b, x)]),
  ],
};

it.each(Object.entries(EXTREMA))('%s between DequantizeLinear and QuantizeLinear', async (_, [opset, build]) => {
  for (const dtype of ['int8', 'uint8'] as const) {
    const random = new Random(11);
    const from = { dtype, scale: Math.fround(0.03), zeroPoint: dtype === 'int8' ? -40 : 90 };
    const to = { dtype: 'uint8', scale: Math.fround(0.025), zeroPoint: 50 } as const;
    const b = new ModelBuilder(opset);
    b.input('x', dtype, [2, 5, 4, 6]);
    b.quantize(build(b, b.dequantize('x', from)), to, 'y');
    b.output('y', 'uint8', ['?']);
    await compareWithOracle(oracle, b.encode(), random);
  }
});

it.each(['ReduceMax', 'ReduceMin'])('%s on integers', async (op) => {
  for (const dtype of ['int8', 'uint8'] as const) {
    const b = new ModelBuilder(13);
    b.input('x', dtype, [3, 5, 4]);
    b.node(op, ['x'], { axes: [1] }, { output: 'y' });
    b.output('y', dtype, ['?']);
    await compareWithOracle(oracle, b.encode(), new Random(12));
  }
});

it.each(['Max', 'Min'])('%s of integers, broadcast, a constant among them', async (op) => {
  for (const dtype of ['int8', 'uint8'] as const) {
    const b = new ModelBuilder(13);
    b.input('x', dtype, [3, 5, 4]);
    b.input('z', dtype, [5, 1]);
    b.node(op, ['x', 'z', b.constant(dtype, [4], [20, 30, 40, 50])], {}, { output: 'y' });
    b.output('y', dtype, ['?']);
    await compareWithOracle(oracle, b.encode(), new Random(13));
  }
});

it.each(['Max', 'Min'])('%s of tensors of two scales', async (op) => {
  const random = new Random(14);
  const [a, c] = [randomParameters(random, 'uint8'), randomParameters(random, 'int8')];
  const b = new ModelBuilder(13);
  b.input('x', 'uint8', [40]);
  b.input('z', 'int8', [40]);
  const y = b.node(op, [b.dequantize('x', a), b.dequantize('z', c)]);
  b.quantize(b.node('Clip', [y, b.constant('float32', [], [-3]), b.constant('float32', [], [3])]), c, 'y');
  b.output('y', 'int8', [40]);
  await compareWithOracle(oracle, b.encode(), random);
});

describe('places', () => {
  /** Few different numbers, so that ties are common. */
  const model = (opset: number, dtype: 'int8' | 'uint8', build: (b: ModelBuilder, x: string) => void): Uint8Array => {
    const b = new ModelBuilder(opset);
    b.input('x', dtype, [2, 12, 20]);
    const scale = { dtype, scale: Math.fround(0.05), zeroPoint: dtype === 'int8' ? 5 : 130 };
    const coarse = { ...scale, scale: 1 };
    build(b, b.dequantize(b.quantize(b.dequantize('x', scale), coarse), coarse));
    return b.encode();
  };

  it.each([
    ['ArgMax', {}, 13],
    ['ArgMax', { axis: 1, keepdims: 0 }, 13],
    ['ArgMax', { axis: -1, select_last_index: 1 }, 12],
    ['ArgMin', { axis: 1 }, 13],
    ['ArgMin', { axis: 2, select_last_index: 1, keepdims: 0 }, 13],
  ] as const)('of %s with %j', async (op, attributes, opset) => {
    for (const dtype of ['int8', 'uint8'] as const) {
      const bytes = model(opset, dtype, (b, x) => {
        b.node(op, [x], attributes, { output: 'y' });
        b.output('y', 'int64', ['?']);
        b.output(b.node('Identity', [x]), 'float32', ['?']);
      });
      await compareWithOracle(oracle, bytes, new Random(21));
    }
  });

  it.each([1, 0])('of TopK with largest = %i', async (largest) => {
    const bytes = model(13, 'uint8', (b, x) => {
      b.manyOutputs('TopK', [x, b.constant('int64', [1], [1])], { axis: 1, largest }, ['values', 'places']);
      b.output('values', 'float32', ['?']);
      b.output('places', 'int64', ['?']);
    });
    await compareWithOracle(oracle, bytes, new Random(22));
  });

  it('after functions that are not strictly increasing', async () => {
    const bytes = model(13, 'int8', (b, x) => {
      b.output(b.node('ArgMax', [b.node('Relu', [x])], { axis: 1 }), 'int64', ['?']);
      b.output(b.node('ArgMin', [b.node('Clip', [x, b.constant('float32', [], [-1])])], { axis: 2 }), 'int64', ['?']);
      b.output(b.node('ArgMax', [b.node('Sigmoid', [x])], { axis: 2 }), 'int64', ['?']);
    });
    await compareWithOracle(oracle, bytes, new Random(23));
  });

  it('go through moves and casts', async () => {
    const bytes = model(13, 'uint8', (b, x) => {
      const places = b.node('ArgMax', [x], { axis: 1, keepdims: 0 });
      const flat = b.node('Reshape', [b.node('Cast', [places], { to: 6 }), b.constant('int64', [1], [-1])]);
      b.node('Cast', [flat], { to: 1 }, { output: 'y' });
      b.output('y', 'float32', ['?']);
      b.node('Concat', [places, places], { axis: 0 }, { output: 'z' });
      b.output('z', 'int64', ['?']);
    });
    await compareWithOracle(oracle, bytes, new Random(24));
  });
});
