import { qlinearAdd, qlinearAddTerms, qlinearMul } from '../../src/ir/qlinear.js';
import type { BinaryNode, BinaryRule, Graph, Quantization, Value } from '../../src/ir/types.js';
import { dtypeRange } from '../../src/ir/types.js';
import type { BinaryForm } from '../../src/plan/binary-form.js';
import { binaryForm } from '../../src/plan/binary-form.js';
import { applyForm, formCost } from '../../src/plan/form.js';
import type { Rounding } from '../../src/plan/step-form.js';
import { Random } from '../support/random.js';

const RANGE = dtypeRange('int8');
const { fround } = Math;

/** A function of two int8 values, and all that a plan looks at of its graph. */
function nodeOf(formula: (a: number, b: number) => number, rule: BinaryRule): [Graph, BinaryNode] {
  const table = Int16Array.from({ length: 65536 }, (_, i) => formula((i >> 8) - 128, (i & 255) - 128));
  const node: BinaryNode = { kind: 'binary', name: 'n', inputs: ['a', 'b'], outputs: ['y'], table, rule, label: 'Add' };
  const value = (name: string): Value => ({ name, dtype: 'int8', shape: [1], ranges: [RANGE] });
  const values = new Map(['a', 'b', 'y'].map((name) => [name, value(name)]));
  return [{ name: 'g', inputs: [], outputs: [], nodes: [node], values, constants: new Map() }, node];
}

function sum(a: Quantization, b: Quantization, y: Quantization): [Graph, BinaryNode] {
  const { first, second } = qlinearAddTerms(a, b, y);
  const list = (term: (q: number) => number): Float64Array =>
    Float64Array.from({ length: 256 }, (_, i) => term(i - 128));
  const slopes = [fround(a.scale / y.scale), fround(b.scale / y.scale)] as const;
  return nodeOf(qlinearAdd(a, b, y, RANGE), { kind: 'linear', slopes, terms: [list(first), list(second)] });
}

function product(a: Quantization, b: Quantization, y: Quantization): [Graph, BinaryNode] {
  const slope = fround(fround(a.scale * b.scale) / y.scale);
  return nodeOf(qlinearMul(a, b, y, RANGE), { kind: 'product', zeroPoints: [a.zeroPoint, b.zeroPoint], slope });
}

/** What the circuit computes for a pair. */
function apply(found: BinaryForm, a: number, b: number): number {
  const round = (x: number, rounding: Rounding): number => {
    if (rounding.kind === 'form') return applyForm(rounding.form, x);
    const { starts, ends, min } = rounding.steps;
    return starts.findIndex((start, i) => start <= x && x < ends[i]!) + min;
  };
  switch (found.kind) {
    case 'linear':
      return applyForm(found.form, found.weights[0] * a + found.weights[1] * b);
    case 'tables':
      return round(found.tables[0][a + 128]! + found.tables[1][b + 128]!, { kind: 'steps', steps: found.steps });
    case 'product':
      return round((a - found.zeroPoints[0]) * (b - found.zeroPoints[1]), found.rounding);
  }
}

function expectExact([graph, node]: [Graph, BinaryNode]): BinaryForm {
  const found = binaryForm(graph, node);
  let wrong = 0;
  for (let i = 0; i < 65536; i++) wrong += Number(apply(found, (i >> 8) - 128, (i & 255) - 128) !== node.table[i]);
  expect(wrong).toBe(0);
  return found;
}

const quantization = (random: Random, scale: number): Quantization => ({
  scale: fround(scale),
  zeroPoint: random.integer(-128, 127),
});

it('finds forms of sums with random scales on all pairs, for about 30 constraints', () => {
  const random = new Random(31);
  for (let i = 0; i < 6; i++) {
    const [a, b] = [random.scale(0.01, 0.1), random.scale(0.01, 0.1)];
    const found = expectExact(sum(quantization(random, a), quantization(random, b), quantization(random, a + b)));
    expect(found.kind).toBe('linear');
    expect(formCost((found as Extract<BinaryForm, { kind: 'linear' }>).form)).toBeLessThanOrEqual(36);
  }
});

it.each([
  [0.07, 0.07, 0.04],
  [0.05, 0.1, 0.05],
  [0.02, 0.03, 0.05],
  [0.5, 0.25, 1],
  [0.1, 0.1, 0.2],
  [0.12, 0.09, 0.15],
])('has an exact form of a sum with the scales %d, %d and %d, which meets ties', (a, b, y) => {
  const random = new Random(7);
  for (let i = 0; i < 2; i++) {
    expectExact(sum(quantization(random, a), quantization(random, b), quantization(random, y)));
  }
});

it.each([
  [0.03, 0.05, 0.12],
  [0.5, 0.25, 16],
  [0.1, 0.1, 1],
])('has an exact form of a product with the scales %d, %d and %d', (a, b, y) => {
  const random = new Random(8);
  for (let i = 0; i < 3; i++) {
    expectExact(product(quantization(random, a), quantization(random, b), quantization(random, y)));
  }
});
