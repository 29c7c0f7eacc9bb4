/** A small instance of every template, as a main whose inputs fulfil what the template's caller must know. */
import type { RequantizeForm } from '../../src/plan/form.js';
import { formRow } from '../../src/plan/form.js';
import { literal } from './circuit-harness.js';
import { PLAIN_FORM } from './requantize-form.js';

export interface TemplateInstance {
  readonly includes: readonly string[];
  readonly instance: string;
  readonly preamble?: string;
  readonly publicInputs?: readonly string[];
  /** The rules do not show it: the audit lists signals of it, though its witness is unique. */
  readonly isOpen?: boolean;
  /** The search for all witnesses takes too long: only single wires are changed. */
  readonly isSlow?: boolean;
  /** Inputs that fulfil it, to start a search for witnesses from. */
  readonly inputs: Readonly<Record<string, number | bigint | readonly (number | bigint)[]>>[];
}

const table = (entry: (i: number) => number | bigint): (number | bigint)[] =>
  Array.from({ length: 256 }, (_, i) => entry(i));

function requantize(form: Partial<RequantizeForm>, terms: number): string {
  const whole = { ...PLAIN_FORM, ...form };
  const exceptions = [...whole.raised, ...whole.lowered];
  const row = exceptions.length > 0 ? exceptions : [0];
  const inputs = `${terms}, 1, ${terms}, ${literal([[...Array(terms).keys()]])}`;
  const weights = literal([Array<number>(terms).fill(1)]);
  return `Requantize(${inputs}, 1, ${weights}, [0], ${literal([formRow(whole)])}, ${row.length}, ${literal([row])})`;
}

const quant = (form: Partial<RequantizeForm>, terms: number, values: readonly number[]): TemplateInstance => ({
  includes: ['quant/requantize'],
  instance: requantize(form, terms),
  inputs: values.map((value) => ({ x: [value, ...Array<number>(terms - 1).fill(0)] })),
});

/** main with the bits of an instance tied to their sum. */
const bitsOf = (include: string, template: string, n: number, inputs: readonly string[], sum: string) => ({
  includes: [include],
  instance: 'Bits()',
  preamble: `template Bits() {
    ${inputs.map((name) => `signal input ${name};`).join(' ')}
    component inner = ${template};
    ${inputs.map((name) => `inner.${name} <== ${name};`).join(' ')}
    var sum = ${sum};
    for (var i = 0; i < ${n}; i++) { sum += inner.b[i] * (1 << i); }
    sum === hint;
  }`,
});

/** main with its inputs range-checked: each [name, elements (0: no array), bits, least]. */
const ranged = (
  include: string,
  template: string,
  ranges: readonly (readonly [string, number, number, number])[],
): Pick<TemplateInstance, 'includes' | 'instance' | 'preamble'> => ({
  includes: [include, 'primitives/range-check'],
  instance: 'Ranged()',
  preamble: `template Ranged() {
    component inner = ${template};
    ${ranges
      .map(([name, n, bits, least]) =>
        n === 0
          ? `signal input ${name}; component check_${name} = RangeCheck(${bits}, ${least}); check_${name}.in <== ${name};
             inner.${name} <== ${name};`
          : `signal input ${name}[${n}]; component check_${name}[${n}];
             for (var i = 0; i < ${n}; i++) { check_${name}[i] = RangeCheck(${bits}, ${least}); check_${name}[i].in <== ${name}[i]; }
             inner.${name} <== ${name};`,
      )
      .join('\n')}
  }`,
});

const softmaxTables = (subnormal: boolean): string =>
  literal([
    table((d) => (d === 0 ? 2 ** 23 : subnormal && d > 4 ? 2 ** 20 - d : 2 ** 23 + 7 * d)),
    table((d) => (d > 4 ? 0 : 4 - d)),
    table((d) => Math.floor(2 ** 27 / (d + 1))),
  ]);

const exponentials = literal(table((d) => Math.round(2 ** 9 * Math.exp(-d))));
const pieces = literal([table((p) => Math.round(Math.log1p(p / 256) * 8)), table(() => 3)]);

export const TEMPLATES: Readonly<Record<string, TemplateInstance>> = {
  IsZero: { includes: ['primitives/is-zero'], instance: 'IsZero()', inputs: [{ in: 0 }, { in: 5 }] },
  'BoundedBits(3, 5)': {
    ...bitsOf('primitives/bounded-bits', 'BoundedBits(3, 5)', 3, ['hint'], '0'),
    inputs: [{ hint: 0 }, { hint: 3 }, { hint: 5 }],
  },
  'BoundedBits(5, 21)': {
    ...bitsOf('primitives/bounded-bits', 'BoundedBits(5, 21)', 5, ['hint'], '0'),
    inputs: [{ hint: 1 }, { hint: 21 }],
  },
  RangeCheck: { includes: ['primitives/range-check'], instance: 'RangeCheck(4, -8)', inputs: [{ in: -8 }, { in: 5 }] },
  Max: {
    includes: ['primitives/max'],
    instance: 'Max(3)',
    inputs: [
      { a: 3, b: -2 },
      { a: 1, b: 1 },
      { a: -4, b: 3 },
    ],
  },
  MaxPool: {
    includes: ['layers/max-pool'],
    instance: 'MaxPool(1, 4, 2, 3, [[0, 1, 2], [2, 3, -1]], [3])',
    inputs: [{ x: [3, -2, 1, 4] }],
  },
  Table: {
    includes: ['quant/table'],
    instance: `Table(-128, ${literal(table((i) => (i * i) % 91))})`,
    inputs: [{ in: -7 }],
  },
  Tables: {
    isSlow: true,
    includes: ['quant/table'],
    instance: `Tables(2, 0, ${literal([table((i) => i * 3), table((i) => 2n ** 60n - BigInt(i))])})`,
    inputs: [{ in: 200 }],
  },
  TableLookup: {
    isSlow: true,
    includes: ['layers/table-lookup'],
    instance: `TableLookup(2, 0, [0, 1], 2, ${literal([table((i) => i ^ 5), table((i) => 255 - i)])})`,
    inputs: [{ x: [9, 250] }],
  },
  StepLookup: {
    isSlow: true,
    includes: ['quant/step-lookup'],
    instance: `StepLookup(3, 0, ${literal(table((i) => 5 * i))}, ${literal(table((i) => 5 * i + 5))})`,
    inputs: [{ x: 0 }, { x: 1273 }],
  },
  StepLookups: {
    isSlow: true,
    includes: ['layers/step-lookups'],
    instance: `StepLookups(2, 3, 0, ${literal(table((i) => 5 * i))}, ${literal(table((i) => 5 * i + 5))})`,
    inputs: [{ x: [0, 77] }],
  },
  Product: { includes: ['layers/product'], instance: 'Product(2, 3, -4)', inputs: [{ x: [1, 2, 3, 4] }] },
  ArgMax: {
    includes: ['layers/arg-max'],
    instance: 'ArgMax(3, 0, 4, 1, 4, [[0, 1, 2, 3]])',
    inputs: [{ x: [1, 4, 4, 2] }],
  },
  'ArgMax, last': {
    includes: ['layers/arg-max'],
    instance: 'ArgMax(3, 1, 3, 1, 3, [[0, 1, 2]])',
    inputs: [{ x: [1, 4, 4] }],
  },
  DistancesFromGreatest: {
    includes: ['quant/distances', 'primitives/range-check'],
    instance: 'Distances()',
    preamble: `template Distances() {
      signal input x[3];
      component inner = DistancesFromGreatest(3);
      inner.x <== x;
      component check[3];
      for (var i = 0; i < 3; i++) { check[i] = RangeCheck(4, 0); check[i].in <== inner.d[i]; }
    }`,
    inputs: [{ x: [3, 5, 1] }, { x: [5, 5, 1] }],
  },
  IsOneOf: {
    includes: ['quant/requantize'],
    instance: 'IsOneOf(3, 1, [99, 4, -7, 1000])',
    inputs: [{ in: 4 }, { in: 3 }],
  },
  'HalfEvenBits, with its quotient': {
    includes: ['quant/requantize'],
    instance: requantize({ offset: 2, rounding: 'halfEven' }, 3),
    inputs: [{ x: [0, 0, 0] }, { x: [6, 0, 0] }, { x: [9, 0, 0] }],
  },
  'Requantize, half to even, odd base, saturated': quant(
    { offset: 6, rounding: 'halfEven', baseIsOdd: true, low: true, high: true },
    3,
    [-5, 2, 22],
  ),
  'Requantize, floor': quant({ multiplier: 3, offset: 1, divisor: 5 }, 3, [0, 6]),
  'Requantize, saturated below': quant({ divisor: 3, low: true, excessBits: 1 }, 3, [-20, 0, 7]),
  'Requantize, saturated above': quant(
    { divisor: 3, base: -2, high: true, excessBits: 1, highValue: 1 },
    3,
    [-6, 3, 29],
  ),
  'Requantize, window of 3': quant(
    { divisor: 2, base: -1, window: 3, low: true, high: true, excessBits: 2, lowValue: -1, highValue: 1 },
    3,
    [-9, 0, 14],
  ),
  'Requantize, two inputs, even divisor': quant({ low: true, high: true }, 2, [-3, 5, 22]),
  'Requantize, two inputs, odd divisor': quant({ divisor: 3, low: true, excessBits: 1 }, 2, [-20, 0, 7]),
  'Requantize, exceptions': quant({ low: true, raised: [3, 7], lowered: [4, 12] }, 3, [3, 4, 8]),
  Conv: {
    includes: ['layers/conv'],
    instance: `Conv(1, 3, 1, 2, 1, 2, 2, 1, 0, [[0, 1], [1, 2]], [[0, 1]], [[1, 2]], [3], ${literal([
      formRow({ ...PLAIN_FORM, low: true, high: true }),
    ])}, 1, [[0]])`,
    inputs: [{ x: [1, 2, 3] }],
  },
  FloatAdd: {
    ...ranged('quant/float-sum', 'FloatAdd(2, 5, 0)', [
      ['aM', 0, 1, 2],
      ['aP', 0, 2, 0],
      ['bM', 0, 1, 2],
      ['bP', 0, 2, 0],
    ]),
    inputs: [
      { aM: 2, aP: 3, bM: 3, bP: 0 },
      { aM: 2, aP: 0, bM: 3, bP: 2 },
    ],
  },
  'FloatAdd, wide gap': {
    ...ranged('quant/float-sum', 'FloatAdd(2, 7, 0)', [
      ['aM', 0, 1, 2],
      ['aP', 0, 3, 0],
      ['bM', 0, 1, 2],
      ['bP', 0, 3, 0],
    ]),
    inputs: [
      { aM: 2, aP: 7, bM: 3, bP: 0 },
      { aM: 2, aP: 1, bM: 3, bP: 7 },
    ],
  },
  'FloatAdd, subnormal': {
    isOpen: true,
    ...ranged('quant/float-sum', 'FloatAdd(2, 2, 1)', [
      ['aM', 0, 2, 0],
      ['aP', 0, 1, 0],
      ['bM', 0, 2, 0],
      ['bP', 0, 1, 0],
    ]),
    inputs: [
      { aM: 1, aP: 0, bM: 0, bP: 0 },
      { aM: 2, aP: 1, bM: 3, bP: 0 },
    ],
  },
  FloatRound: { includes: ['quant/float-round'], instance: 'FloatRound(2, 2, 0)', inputs: [{ in: 5 }, { in: 15 }] },
  'FloatRound, signed': {
    includes: ['quant/float-round'],
    instance: 'FloatRound(2, 2, 1)',
    inputs: [{ in: -7 }, { in: 6 }],
  },
  FloatSums: {
    isSlow: true,
    includes: ['layers/float-sums'],
    instance: 'FloatSums(3, 1, 3, 0, [1, 1], [[0, 1, 2]])',
    inputs: [{ x: [5, 9, 2] }],
  },
  RoundedQuotient: {
    isSlow: true,
    ...ranged('quant/rounded-quotient', 'RoundedQuotient(4, 3, 0, 8, -4)', [
      ['n', 0, 3, 0],
      ['S', 0, 1, 2],
    ]),
    inputs: [
      { n: 0, S: 2 },
      { n: 5, S: 2 },
    ],
  },
  'RoundedQuotient, saturated': {
    isSlow: true,
    ...ranged('quant/rounded-quotient', 'RoundedQuotient(4, 2, 1, 8, -4)', [
      ['n', 0, 3, 0],
      ['S', 0, 1, 2],
    ]),
    inputs: [
      { n: 7, S: 2 },
      { n: 3, S: 3 },
    ],
  },
  'Logarithm, with SaturatedSteps': {
    ...ranged('layers/log-softmax', `LogSoftmaxRow(2, ${exponentials}, 9, 1, 1, ${pieces}, 6, 2, 3, 2, 2, 7)`, []),
    preamble: `template Row() {
      signal input x[2];
      component inner = LogSoftmaxRow(2, ${exponentials}, 9, 1, 1, ${pieces}, 6, 2, 3, 2, 2, 7);
      inner.x <== x;
    }`,
    instance: 'Row()',
    inputs: [{ x: [4, 3] }],
  },
  SaturatedSteps: {
    includes: ['layers/log-softmax'],
    instance: 'SaturatedSteps(2, 1, 6, 1, 100)',
    inputs: [
      { d: 0, base: 3 },
      { d: 1, base: 30 },
    ],
  },
  SoftmaxRow: {
    includes: ['layers/softmax'],
    instance: `SoftmaxRow(2, 4, 0, 1, ${softmaxTables(false)}, 7, 1, 60, 0)`,
    inputs: [{ x: [4, 3] }],
  },
  PackBytes: {
    includes: ['commitment/pack-bytes'],
    instance: 'PackBytes(33, -128)',
    inputs: [{ in: Array(33).fill(3) }],
  },
  Poseidon: { includes: ['commitment/poseidon'], instance: 'Poseidon(3, 2)', inputs: [{ in: [3, 4] }] },
  CommittedPart: {
    includes: ['statement/statement'],
    instance: 'CommittedPart(2, -128)',
    inputs: [{ in: [3, 4], salt: 99 }],
  },
  CommittedRequantize: {
    includes: ['committed/committed-requantize'],
    instance: 'CommittedRequantize(3, -4, 8, 1, 2, 64)',
    inputs: [{ acc: 4, multiplier: 3, offset: -5, exceptions: [68, 0] }],
  },
  'CommittedRequantize, window of 5': {
    includes: ['committed/committed-requantize'],
    instance: 'CommittedRequantize(2, 0, 5, 2, 0, 0)',
    inputs: [{ acc: 4, multiplier: 3, offset: -5, exceptions: [0] }],
  },
  IsOneOfSignals: {
    includes: ['committed/committed-requantize'],
    instance: 'IsOneOfSignals(3, 10)',
    inputs: [{ in: 5, values: [10, 15, 0] }],
  },
  RangedPack: { includes: ['committed/ranged-pack'], instance: 'RangedPack(3, 3)', inputs: [{ in: [7, 0, 3] }] },
  DirectProduct: {
    includes: ['committed/direct-product'],
    instance: 'DirectProduct(1, 2, 2, 1, 2, 1, [[0, 1]])',
    inputs: [{ x: [1, 2], weights: [3, 4, 5, 6], inputZero: 1, weightZero: 2 }],
  },
  BoundMaxPool: {
    includes: ['committed/bound-max-pool'],
    instance: 'BoundMaxPool(1, 3, 1, 3, [[0, 1, 2]], 3, 1)',
    inputs: [{ x: [1, 5, 2] }],
  },
};
