import type { Graph, SoftmaxNode, Value } from '../../src/ir/types.js';
import { verifyGraph } from '../../src/ir/verify.js';

function graphOf(changes: Partial<SoftmaxNode>): Graph {
  const value = (name: string): Value => ({
    name,
    dtype: 'uint8',
    shape: [2, 3],
    quantization: { scale: 1, zeroPoint: 0 },
    ranges: [{ min: 0, max: 255 }],
  });
  const node: SoftmaxNode = {
    kind: 'softmax',
    name: 'softmax',
    inputs: ['x'],
    outputs: ['y'],
    exponentials: Float32Array.from({ length: 256 }, (_, d) => Math.exp(80 - d)),
    factor: 256,
    sources: Int32Array.from([0, 1, 2, 3, 4, 5]),
    size: 3,
    ...changes,
  };
  const edge = (name: string) => ({ name, value: name, kind: 'integer', shape: [2, 3] }) as const;
  return {
    name: 'g',
    inputs: [edge('x')],
    outputs: [edge('y')],
    nodes: [node],
    values: new Map([value('x'), value('y')].map((v) => [v.name, v])),
    constants: new Map(),
  };
}

it('accepts a softmax node', () => {
  expect(() => verifyGraph(graphOf({}))).not.toThrow();
});

const WRONG: Readonly<Record<string, [Partial<SoftmaxNode>, string]>> = {
  'an element left out': [{ sources: Int32Array.from([0, 1, 2, 3, 4, 4]) }, 'do not part'],
  'groups of another size': [{ size: 4 }, 'groups have 4'],
  'groups of one': [{ size: 1 }, 'groups have 1'],
  'rising exponentials': [{ exponentials: Float32Array.from({ length: 256 }, (_, d) => d + 1) }, 'increase'],
  'infinite sums': [{ exponentials: new Float32Array(256).fill(3e38) }, 'sums are not finite'],
  'a broken factor': [{ factor: 0.5 }, 'factor'],
  'few exponentials': [{ exponentials: new Float32Array(2).fill(1) }, '2 exponentials'],
};

it.each(Object.entries(WRONG))('finds %s', (_, [changes, message]) => {
  expect(() => verifyGraph(graphOf(changes))).toThrow(message);
});
