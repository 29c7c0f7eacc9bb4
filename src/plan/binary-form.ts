/** Search of exact integer forms of functions of two elements, checked on every pair of them. */
import { ZkinferError } from '../errors.js';
import type { BinaryNode, Graph, IntRange } from '../ir/types.js';
import { commonUnit, rint } from '../ir/float32.js';
import { dtypeRange } from '../ir/types.js';
import { linearForm } from './linear-form.js';
import type { RequantizeForm } from './form.js';
import { dyadicMultiplier } from './requantization.js';
import { MAX_MAGNITUDE, searchForm } from './search.js';
import type { Rounding, StepForm } from './step-form.js';
import { stepFormOf } from './step-form.js';

/**
 * A function of a and b as a rounded integer: a linear form of weights[0] * a + weights[1] * b, the sum of the entries of two tables (by a and b -
 * minimum of their dtypes), or (a - zeroPoints[0]) * (b - zeroPoints[1]).
 */
export type BinaryForm = { readonly checked: number } & (
  | { readonly kind: 'linear'; readonly weights: readonly [number, number]; readonly form: RequantizeForm }
  | {
      readonly kind: 'tables';
      readonly tables: readonly [readonly number[], readonly number[]];
      readonly steps: StepForm;
    }
  | { readonly kind: 'product'; readonly zeroPoints: readonly [number, number]; readonly rounding: Rounding }
);

/** The pairs of a function and its values: what a form must give on all of them. */
export interface Pairs {
  readonly a: IntRange;
  readonly b: IntRange;
  readonly evaluate: (a: number, b: number) => number;
}

/**
 * The exact form of a function of two elements over their ranges.
 * @throws MODEL_UNSUPPORTED where none is found
 */
export function binaryForm(graph: Graph, node: BinaryNode): BinaryForm {
  const [a, b] = node.inputs.map((name) => {
    const { dtype, ranges } = graph.values.get(name)!;
    return { min: dtypeRange(dtype as 'int8' | 'uint8').min, range: ranges![0]! };
  }) as [{ min: number; range: IntRange }, { min: number; range: IntRange }];
  const pairs: Pairs = {
    a: a.range,
    b: b.range,
    evaluate: (x, y) => node.table[256 * (x - a.min) + y - b.min]!,
  };
  const outputMin = dtypeRange(graph.values.get(node.outputs[0]!)!.dtype as 'int8' | 'uint8').min;
  const { rule } = node;
  const found =
    rule.kind === 'linear'
      ? (linearForm(pairs, rule.slopes) ?? sumOfTables(pairs, rule.terms, [a.min, b.min], outputMin))
      : productForm(pairs, rule, outputMin);
  if (found) return found;
  throw new ZkinferError('MODEL_UNSUPPORTED', `no exact integer form was found for ${node.label} ${node.name}`, {
    location: { node: node.name, op: node.label },
    hint: 'Quantize the model with other scales for this operator, or report this model.',
  });
}

/** A function of the product alone, non-decreasing in it: a form of one accumulator. Products that no pair has are free. */
function productForm(
  pairs: Pairs,
  { zeroPoints, slope }: { zeroPoints: readonly [number, number]; slope: number },
  outputMin: number,
): BinaryForm | undefined {
  const [za, zb] = zeroPoints;
  const values = new Map<number, number>();
  let checked = 0;
  for (let a = pairs.a.min; a <= pairs.a.max; a++) {
    for (let b = pairs.b.min; b <= pairs.b.max; b++) {
      const product = (a - za) * (b - zb);
      const y = pairs.evaluate(a, b);
      if ((values.get(product) ?? y) !== y) return undefined;
      values.set(product, y);
      checked++;
    }
  }
  const products = [...values.keys()].sort((x, y) => x - y);
  const range = { min: products[0]!, max: products.at(-1)! };
  const [low, high] = [values.get(range.min)!, values.get(range.max)!];
  // At the product 0 the line in real arithmetic has an integer value: the output's zero point, saturated or not.
  const origin = values.get(0) ?? low;
  const ideal = (product: number): number => Math.min(Math.max(rint(product * slope) + origin, low), high);
  const filled = new Int16Array(range.max - range.min + 1);
  for (const [i, product] of products.entries()) {
    const next = products[i + 1] ?? product + 1;
    const [y, nextY] = [values.get(product)!, values.get(next) ?? high];
    if (nextY < y) return undefined;
    filled[product - range.min] = y;
    for (let free = product + 1; free < next; free++) {
      filled[free - range.min] = Math.min(Math.max(ideal(free), y), nextY);
    }
  }
  const evaluate = (product: number): number => filled[product - range.min]!;
  const found = searchForm(
    { range, evaluate },
    { zeroPoint: origin, dyadic: dyadicMultiplier(slope), ideal: { range, evaluate: ideal } },
  );
  if (found) return { kind: 'product', zeroPoints, rounding: { kind: 'form', form: found.form }, checked };
  const steps = stepFormOf(values, outputMin);
  return steps && { kind: 'product', zeroPoints, rounding: { kind: 'steps', steps }, checked };
}

/**
 * Where float32 rounding moves more than single pairs off every line: the exact terms of the sum, looked up in their common unit. The
 * result never decreases with their sum.
 */
function sumOfTables(
  { a, b, evaluate }: Pairs,
  terms: readonly [Float64Array, Float64Array],
  [minA, minB]: readonly [number, number],
  outputMin: number,
): BinaryForm | undefined {
  const unit = commonUnit(Float64Array.of(...terms[0], ...terms[1]));
  const tables = terms.map((list) => Array.from(list, (term) => term / unit)) as [number[], number[]];
  const greatest = tables.map((table) => Math.max(...table.map(Math.abs)));
  if (greatest[0]! + greatest[1]! >= MAX_MAGNITUDE) return undefined;
  const values = new Map<number, number>();
  for (let x = a.min; x <= a.max; x++) {
    for (let y = b.min; y <= b.max; y++) {
      const sum = tables[0][x - minA]! + tables[1][y - minB]!;
      const value = evaluate(x, y);
      if ((values.get(sum) ?? value) !== value) return undefined;
      values.set(sum, value);
    }
  }
  const steps = stepFormOf(values, outputMin);
  return steps && { kind: 'tables', tables, steps, checked: (a.max - a.min + 1) * (b.max - b.min + 1) };
}
