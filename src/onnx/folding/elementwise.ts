/** Element-wise operators on constants, with the arithmetic of each dtype: integers wrap around, float32 rounds after each operation. */
import { typedArray } from '../../ir/movement.js';
import type { DType, Tensor } from '../../ir/types.js';
import type { OpContext } from '../context.js';
import { toDType } from '../tensor.js';
import { elementsAs } from './types.js';
import type { Fold, FoldTable } from './types.js';

interface Arithmetic {
  readonly float: (a: number, b: number) => number;
  readonly integer: (a: bigint, b: bigint) => bigint;
}

/** Bits of the integer dtypes. */
const BITS: Readonly<Partial<Record<DType, number>>> = { int8: 8, uint8: 8, int32: 32, int64: 64 };

const ARITHMETIC: Readonly<Record<string, Arithmetic>> = {
  Add: { float: (a, b) => a + b, integer: (a, b) => a + b },
  Sub: { float: (a, b) => a - b, integer: (a, b) => a - b },
  Mul: { float: (a, b) => a * b, integer: (a, b) => a * b },
  Div: { float: (a, b) => a / b, integer: (a, b) => a / b },
  Min: { float: Math.min, integer: (a, b) => (a < b ? a : b) },
  Max: { float: Math.max, integer: (a, b) => (a > b ? a : b) },
};

const MODULO: Readonly<Record<'floor' | 'truncate', Arithmetic>> = {
  floor: { float: (a, b) => a - b * Math.floor(a / b), integer: (a, b) => ((a % b) + b) % b },
  truncate: { float: (a, b) => a % b, integer: (a, b) => a % b },
};

const COMPARISONS: Readonly<Record<string, (a: number | bigint, b: number | bigint) => boolean>> = {
  Equal: (a, b) => a === b,
  Less: (a, b) => a < b,
  LessOrEqual: (a, b) => a <= b,
  Greater: (a, b) => a > b,
  GreaterOrEqual: (a, b) => a >= b,
  And: (a, b) => Boolean(a) && Boolean(b),
  Or: (a, b) => Boolean(a) || Boolean(b),
};

const UNARY: Readonly<Record<string, { float: (x: number) => number; integer: (x: bigint) => bigint }>> = {
  Neg: { float: (x) => -x, integer: (x) => -x },
  Abs: { float: Math.abs, integer: (x) => (x < 0n ? -x : x) },
  Floor: { float: Math.floor, integer: (x) => x },
  Ceil: { float: Math.ceil, integer: (x) => x },
};

const MANY = new Set(['Min', 'Max']);

export const elementwiseFolds: FoldTable = {
  ...mapEntries(ARITHMETIC, (arithmetic, op): Fold => ({
    attributes: [],
    inputs: MANY.has(op) ? [1, 1024] : [2, 2],
    evaluate: (context, inputs) => inputs.reduce((a, b) => calculate(context, arithmetic, a, b)),
  })),
  ...mapEntries(COMPARISONS, (compare): Fold => ({
    attributes: [],
    inputs: [2, 2],
    evaluate: (context, [a, b]) => {
      const shape = context.broadcast([a!.shape, b!.shape]);
      const right = elementsAs(b!, shape);
      const data = Uint8Array.from(elementsAs(a!, shape), (element, i) => (compare(element, right[i]!) ? 1 : 0));
      return { dtype: 'bool', shape, data };
    },
  })),
  ...mapEntries(UNARY, ({ float, integer }): Fold => ({
    attributes: [],
    inputs: [1, 1],
    evaluate: (context, [x]) => mapTensor(context, x!, float, integer),
  })),
  Mod: {
    attributes: ['fmod'],
    inputs: [2, 2],
    evaluate: (context, [a, b]) =>
      calculate(context, MODULO[context.int('fmod', 0) === 0 ? 'floor' : 'truncate'], a!, b!),
  },
  Not: {
    attributes: [],
    inputs: [1, 1],
    evaluate: (context, [x]) => {
      if (x!.dtype !== 'bool') context.invalid(`its input is ${x!.dtype}`);
      return { ...x!, data: (x!.data as Uint8Array).map((element) => (element ? 0 : 1)) };
    },
  },
  Cast: {
    attributes: ['to', 'saturate', 'round_mode'],
    inputs: [1, 1],
    evaluate: (context, [x]) => {
      const dtype = toDType(context.int('to', 0)) ?? context.refuse('it casts to a type that is not supported');
      const elements = Array.from<number | bigint>(x!.data as Iterable<number | bigint>);
      return {
        dtype,
        shape: x!.shape,
        data: typedArray(
          dtype,
          elements.map((element) => cast(context, element, dtype)),
        ),
      };
    },
  },
  Where: {
    attributes: [],
    inputs: [3, 3],
    evaluate: (context, [condition, a, b]) => {
      const shape = context.broadcast([condition!.shape, a!.shape, b!.shape]);
      const [left, right] = [elementsAs(a!, shape), elementsAs(b!, shape)];
      const elements = elementsAs(condition!, shape).map((choice, i) => (choice ? left[i]! : right[i]!));
      return { dtype: a!.dtype, shape, data: typedArray(a!.dtype, elements) };
    },
  },
};

function mapEntries<T, U>(record: Readonly<Record<string, T>>, map: (entry: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, entry]) => [key, map(entry, key)]));
}

function calculate(context: OpContext, { float, integer }: Arithmetic, a: Tensor, b: Tensor): Tensor {
  if (a.dtype !== b.dtype) context.invalid(`it combines ${a.dtype} and ${b.dtype}`);
  const shape = context.broadcast([a.shape, b.shape]);
  const { dtype } = a;
  const right = elementsAs(b, shape);
  const elements = elementsAs(a, shape).map((element, i) => {
    if (dtype === 'float32') return float(Number(element), Number(right[i]!));
    if (['Div', 'Mod'].includes(context.node.op) && BigInt(right[i]!) === 0n) context.invalid('it divides by zero');
    return wrap(context, integer(BigInt(element), BigInt(right[i]!)), dtype);
  });
  return { dtype, shape, data: typedArray(dtype, elements) };
}

function mapTensor(
  context: OpContext,
  { dtype, shape, data }: Tensor,
  float: (x: number) => number,
  integer: (x: bigint) => bigint,
): Tensor {
  const elements = Array.from<number | bigint>(data as Iterable<number | bigint>);
  const mapped = elements.map((x) =>
    dtype === 'float32' ? float(Number(x)) : wrap(context, integer(BigInt(x)), dtype),
  );
  return { dtype, shape, data: typedArray(dtype, mapped) };
}

/** An integer in the range of its dtype, around which it wraps. */
function wrap(context: OpContext, x: bigint, dtype: DType): bigint {
  const bits = BITS[dtype] ?? context.refuse(`it computes with ${dtype}`);
  return dtype === 'uint8' ? BigInt.asUintN(bits, x) : BigInt.asIntN(bits, x);
}

/** Conversion of one element; float32 to integers truncates. */
function cast(context: OpContext, element: number | bigint, dtype: DType): number | bigint {
  if (dtype === 'float32') return Number(element);
  if (dtype === 'bool') return element ? 1 : 0;
  if (typeof element === 'bigint') return wrap(context, element, dtype);
  if (!Number.isFinite(element)) context.refuse(`it casts ${element} to ${dtype}`);
  return wrap(context, BigInt(Math.trunc(element)), dtype);
}
