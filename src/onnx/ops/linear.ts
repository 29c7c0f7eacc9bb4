/** Conv, MatMul, Gemm and the shape rules that their QOperator forms share. */
import type { Attribute, DType, Shape } from '../../ir/types.js';
import type { ValueType } from '../model.js';
import type { OpContext, OpTable } from '../context.js';
import { resolveWindow, windowAttributes, windowedShape } from './geometry.js';

export const CONV_ATTRIBUTES = ['auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides'];

export const linearOps: OpTable = {
  Conv: {
    attributes: CONV_ATTRIBUTES,
    inputs: [2, 3],
    infer: (context) => {
      context.dtype(0, 'float32');
      if (context.has(2)) checkBias(context, 2, context.type(1).shape[0]!);
      return inferConv(context, 0, 1, 'float32');
    },
  },
  MatMul: {
    attributes: [],
    inputs: [2, 2],
    infer: (context) => {
      context.dtype(0, 'float32');
      const [a, b] = [context.type(0).shape, context.type(1).shape];
      const leftFactor = a.length <= 2 && b.length > 2;
      return { outputs: [leftFactor ? inferLeftFactor(context, a, b) : inferMatMul(context, a, b, 'float32')] };
    },
  },
  Gemm: {
    attributes: ['alpha', 'beta', 'transA', 'transB'],
    inputs: [2, 3],
    infer: (context) => {
      context.dtype(0, 'float32');
      const beta = context.float('beta', 1);
      if (context.has(2) && beta !== 1) {
        context.refuse(`beta is ${beta}; only 1 has an integer meaning`, 'fold beta into the bias before quantizing');
      }
      return inferGemm(context, 0, 1, 'float32');
    },
  },
};

/** Conv and QLinearConv: input [N, C, spatial...], weights [M, C / group, kernel...]. */
export function inferConv(
  context: OpContext,
  x: number,
  w: number,
  dtype: DType,
): { outputs: ValueType[]; attributes: Record<string, Attribute> } {
  const input = context.type(x).shape;
  const weights = context.type(w).shape;
  if (input.length < 3 || weights.length !== input.length) context.invalid('input and weights differ in rank');
  const group = context.int('group', 1);
  const [filters, depth] = [weights[0]!, weights[1]!];
  if (group < 1 || depth * group !== input[1] || filters % group !== 0) {
    context.invalid(`${input[1]} channels, ${filters} filters of depth ${depth} and group ${group} do not fit`);
  }
  const window = resolveWindow(context, input.slice(2), weights.slice(2));
  const shape = windowedShape(context, input, filters, window);
  return { outputs: [context.value(dtype, shape)], attributes: { ...windowAttributes(window), group } };
}

/** numpy matmul of [..., K] with [K, N] or [K]. */
export function inferMatMul(context: OpContext, a: Shape, b: Shape, dtype: DType): ValueType {
  if (b.length > 2) context.refuse('its second operand has more than two dimensions', 'use one matrix of weights');
  if (a.length < 1 || b.length < 1) context.invalid('it has a scalar operand');
  if (a.at(-1) !== b[0]) context.invalid(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not fit`);
  return context.value(dtype, [...a.slice(0, -1), ...b.slice(1)]);
}

/** numpy matmul of [N, K] or [K] with [..., K, M]. */
function inferLeftFactor(context: OpContext, a: Shape, b: Shape): ValueType {
  if (a.length < 1) context.invalid('it has a scalar operand');
  if (a.at(-1) !== b.at(-2)) context.invalid(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not fit`);
  return context.value('float32', [...b.slice(0, -2), ...a.slice(0, -1), b.at(-1)!]);
}

/** Gemm and QGemm: [M, K] with [K, N], or [N, K] if transB. */
export function inferGemm(
  context: OpContext,
  a: number,
  b: number,
  dtype: DType,
): { outputs: ValueType[]; attributes: Record<string, Attribute> } {
  const alpha = context.float('alpha', 1);
  if (alpha !== 1)
    context.refuse(`alpha is ${alpha}; only 1 has an integer meaning`, 'fold alpha into the weights before quantizing');
  const transA = context.int('transA', 0) === 0 ? 0 : 1;
  const transB = context.int('transB', 0) === 0 ? 0 : 1;
  const left = context.type(a).shape;
  const right = context.type(b).shape;
  if (left.length !== 2 || right.length !== 2) return context.invalid('its operands must be matrices');
  const [depth, columns] = transB ? [right[1]!, right[0]!] : [right[0]!, right[1]!];
  const [rows, length] = transA ? [left[1]!, left[0]!] : [left[0]!, left[1]!];
  if (length !== depth) context.invalid(`shapes [${left.join(', ')}] and [${right.join(', ')}] do not fit`);
  return { outputs: [context.value(dtype, [rows, columns])], attributes: { transA, transB } };
}

/** A bias of one element per output channel. */
export function checkBias(context: OpContext, index: number, channels: number): void {
  const { shape } = context.type(index);
  if (shape.length !== 1 || shape[0] !== channels)
    context.invalid(`its bias has the shape [${shape.join(', ')}] for ${channels} channels`);
}
