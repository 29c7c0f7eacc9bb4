/** What the circuit of a model with committed weights depends on: shapes, dtypes and widths, and no weight. */
import type { Shape, Window } from '../ir/types.js';
import { integer, list, object, oneOf, optional, refuse } from './fields.js';
import type { Field } from './fields.js';

/** Widths of a layer's requantization; the same for all its channels. */
export interface RequantizationWidths {
  /** The divisor is 2^divisorBits. */
  readonly divisorBits: number;
  /** Outputs are base .. base + window - 1: the clamp of the model. */
  readonly base: number;
  readonly window: number;
  /** Bits of the number of windows by which a result can lie outside. */
  readonly excessBits: number;
  /** Places for exceptional accumulators of each channel. */
  readonly slots: number;
}

/** Convolution or matrix product (a convolution of size 1 over its rows), pooled where `pool` is given, requantized. */
export interface ProductStep {
  readonly kind: 'product';
  readonly op: 'Conv' | 'MatMul';
  /** Number of the tensor it reads: the inputs first, then one for each step. */
  readonly input: number;
  /** [channels, spatial...] of the input. */
  readonly shape: Shape;
  readonly window: Window;
  readonly group: number;
  readonly outChannels: number;
  /** MaxPool of the accumulators. */
  readonly pool?: Window;
  readonly requantization: RequantizationWidths;
}

export interface PoolStep {
  readonly kind: 'maxpool';
  readonly input: number;
  readonly shape: Shape;
  readonly window: Window;
}

/** Elements copied from one or more tensors, as a MoveNode of the graph copies them. */
export interface MoveStep {
  readonly kind: 'move';
  readonly inputs: readonly number[];
  readonly sources: readonly number[];
  readonly fill: number;
}

export type Step = ProductStep | PoolStep | MoveStep;

export interface Architecture {
  /** Elements of each input tensor. */
  readonly inputs: readonly number[];
  readonly steps: readonly Step[];
  /** Numbers of the output tensors. */
  readonly outputs: readonly number[];
}

const count = integer(0);
const positive = integer(1);
const shape = list(positive, 1);
const windowField = object<Window>(
  {
    kernel: list(positive, 1),
    strides: list(positive, 1),
    dilations: list(positive, 1),
    padsBegin: list(count, 1),
    padsEnd: list(count, 1),
  },
  ({ kernel, ...others }, path) => {
    if (Object.values(others).some(({ length }) => length !== kernel.length)) refuse(path, 'lists of one length');
  },
);

const product = object<ProductStep>({
  kind: oneOf('product'),
  op: oneOf('Conv', 'MatMul'),
  input: count,
  shape,
  window: windowField,
  group: positive,
  outChannels: positive,
  pool: optional(windowField),
  requantization: object<RequantizationWidths>({
    divisorBits: integer(1, 60),
    base: integer(-128, 255),
    window: integer(2, 256),
    excessBits: integer(0, 30),
    slots: integer(0, 255),
  }),
});
const maxpool = object<PoolStep>({ kind: oneOf('maxpool'), input: count, shape, window: windowField });
const move = object<MoveStep>({
  kind: oneOf('move'),
  inputs: list(count, 1),
  sources: list(integer(-1), 1),
  fill: integer(-128, 255),
});

const step: Field<Step> = {
  parse: (value, path) => {
    const kind = (value as { kind?: unknown } | null)?.kind;
    if (kind === 'maxpool') return maxpool.parse(value, path);
    return kind === 'move' ? move.parse(value, path) : product.parse(value, path);
  },
  schema: { oneOf: [product.schema, maxpool.schema, move.schema] },
};

export const architectureField: Field<Architecture> = object<Architecture>(
  { inputs: list(positive, 1), steps: list(step), outputs: list(count, 1) },
  ({ inputs, steps, outputs }, path) => {
    steps.forEach((each, i) => {
      const read = each.kind === 'move' ? each.inputs : [each.input];
      if (read.some((tensor) => tensor >= inputs.length + i))
        refuse(`${path}.steps[${i}]`, 'a step that reads earlier tensors');
    });
    if (outputs.some((tensor) => tensor >= inputs.length + steps.length))
      refuse(`${path}.outputs`, 'numbers of tensors');
  },
);
