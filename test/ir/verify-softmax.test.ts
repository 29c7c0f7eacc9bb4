import type { Graph, LogSoftmaxNode, SoftmaxNode, Value } from '../../src/ir/types.js';
import { verifyGraph } from '../../src/ir/verify.js';
import { logSoftmaxNumbers } from '../../src/passes/lower/log-softmax.js';

const ENDS = { name: 'softmax', inputs: ['x'], outputs: ['y'] };
const GROUPS = { sources: Int32Array.from([0, 1, 2, 3, 4, 5]), size: 3 };
const SOFTMAX: SoftmaxNode = {
  kind: 'softmax',
  exponentials: Float32Array.from({ length: 256 }, (_, d) => Math.exp(80 - d)),
  factor: 256,
  ...ENDS,
  ...GROUPS,
};
const LOG_SOFTMAX: LogSoftmaxNode = { kind: 'logsoftmax', ...logSoftmaxNumbers(0.1, 0.1, 3), ...ENDS, ...GROUPS };

function graphOf(changes: Partial<SoftmaxNode>): Graph {
  return graphWith({ ...SOFTMAX, ...changes });
}

function graphWith(node: SoftmaxNode | LogSoftmaxNode): Graph {
  const value = (name: string): Value => ({
    name,
    dtype: 'uint8',
    shape: [2, 3],
    quantization: { scale: 1, zeroPoint: 0 },
    ranges: [{ min: 0, max: 255 }],
  });
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

it('accepts a logsoftmax node', () => {
  expect(() => verifyGraph(graphWith(LOG_SOFTMAX))).not.toThrow();
});

const { exponentials, coefficients } = LOG_SOFTMAX;
const WRONG_LOGARITHMS: Readonly<Record<string, [Partial<LogSoftmaxNode>, string]>> = {
  'an element left out': [{ sources: Int32Array.from([0, 1, 2, 3, 4, 4]) }, 'do not part'],
  'few exponentials': [{ exponentials: exponentials.slice(1) }, '255 exponentials'],
  'rising exponentials': [{ exponentials: exponentials.toReversed() }, 'increase'],
  fractions: [{ exponentials: exponentials.map((e) => e / 3) }, 'increase'],
  'another unit of sums': [{ sumBits: 20 }, 'not 2^20'],
  'no bits of sums': [{ tailBits: 0 }, 'keeps 0 bits'],
  'more bits than sums have': [{ tailBits: LOG_SOFTMAX.sumBits - 7 }, 'bits of sums'],
  'a constant for logarithms': [{ coefficients: coefficients.slice(0, 1) }, 'degree is 0'],
  'numbers beyond the field': [{ coefficients: new Array(12).fill(coefficients[1]) as Float64Array[] }, 'degree is 11'],
  'pieces left out': [{ coefficients: coefficients.map((row) => row.slice(1)) }, 'for each piece'],
  'coefficients that are no integers': [{ coefficients: coefficients.map((row) => row.map((c) => c / 7)) }, 'integers'],
  'falling logarithms': [{ doubling: -1 }, 'not bounded'],
  'steps beyond float64': [{ slope: 2 ** 50 }, 'not bounded'],
};

it.each(Object.entries(WRONG_LOGARITHMS))('finds %s in a logsoftmax node', (_, [changes, message]) => {
  expect(() => verifyGraph(graphWith({ ...LOG_SOFTMAX, ...changes }))).toThrow(message);
});
