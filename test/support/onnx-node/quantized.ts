/**
 * Tests of float operators whose elements are few-digit numbers, as quantized operators: the elements are written as 8-bit integers times
 * a power of two without any error, so that the quantized operator has to give the expected result rounded to 8 bits.
 */
import onnxProto from 'onnx-proto';
import type { Tensor } from '../../../src/ir/types.js';
import type { AdaptedTest } from './adapt.js';
import { DATA_TYPES, dataInputs, encodeTensor, encodeTest } from './adapt.js';
import { Unadaptable } from './archive.js';
import type { NodeTest } from './archive.js';

/** Operators with a bias at index 2, which is quantized as int32. */
const BIASED = new Set(['Conv', 'Gemm']);

interface Quantized {
  readonly dtype: 'int8' | 'uint8' | 'int32';
  readonly scale: number;
  readonly zeroPoint: number;
  readonly data: readonly number[];
}

/** The test between DequantizeLinear and QuantizeLinear. Throws Unadaptable where its elements have no exact 8-bit form. */
export function asQuantized(test: NodeTest): AdaptedTest {
  const model = test.model();
  const graph = model.graph!;
  if (graph.node!.length !== 1) throw new Unadaptable('it is a model of several nodes');
  const [node] = graph.node!;
  const [inputs, outputs] = [test.inputs(), test.outputs()];
  const [output, ...more] = graph.output!;
  const result = outputs.get(output!.name!)!;
  if (more.length > 0 || result.dtype !== 'float32') throw new Unadaptable('its results are not one float tensor');
  const data = dataInputs(model);

  const scales: number[] = [];
  const nodes = [node!];
  for (const [i, name] of node!.input!.entries()) {
    const tensor = inputs.get(name);
    if (tensor?.dtype !== 'float32') continue;
    const biasScale = BIASED.has(node!.opType!) && i === 2 ? scales[0]! * scales[1]! : undefined;
    const quantized = biasScale ? exactBias(tensor, biasScale) : exactly(tensor, data.includes(name));
    scales.push(quantized.scale);
    inputs.set(name, toTensor(tensor, quantized));
    const value = graph.input!.find((input) => input.name === name)!;
    value.type!.tensorType!.elemType = DATA_TYPES[quantized.dtype];
    node!.input![i] = `${name}.float`;
    graph.initializer!.push(...parameters(name, quantized));
    nodes.unshift(quantizationNode('DequantizeLinear', name, name, `${name}.float`));
  }
  if (scales.length === 0) throw new Unadaptable('it has no float inputs');

  const rounded = roundedResult(result);
  const name = output!.name!;
  node!.output![0] = `${name}.float`;
  nodes.push(quantizationNode('QuantizeLinear', `${name}.float`, name, name));
  graph.initializer!.push(...parameters(name, rounded));
  graph.node = nodes;
  output!.type!.tensorType!.elemType = DATA_TYPES[rounded.dtype];
  outputs.set(name, toTensor(result, rounded));
  return encodeTest(model, data, inputs, outputs);
}

/** Activations as uint8, constants as int8 around zero, as ONNX Runtime's kernels have them. */
function exactly({ data }: Tensor, isActivation: boolean): Quantized {
  const elements = Array.from(data, Number);
  let scale = 1;
  while (scale > 2 ** -30 && elements.some((element) => !Number.isInteger(element / scale))) scale /= 2;
  const integers = elements.map((element) => element / scale);
  const [min, max] = [Math.min(0, ...integers), Math.max(0, ...integers)];
  const fits = isActivation ? max - min <= 255 : min >= -128 && max <= 127;
  if (!fits || !integers.every(Number.isInteger)) throw new Unadaptable('its elements have no exact 8-bit form');
  if (!isActivation) return { dtype: 'int8', scale, zeroPoint: 0, data: integers };
  return { dtype: 'uint8', scale, zeroPoint: -min, data: integers.map((q) => q - min) };
}

function exactBias({ data }: Tensor, scale: number): Quantized {
  const integers = Array.from(data, Number).map((element) => element / scale);
  if (!integers.every((q) => Number.isInteger(q) && Math.abs(q) < 2 ** 31))
    throw new Unadaptable('its bias has no exact 32-bit form');
  return { dtype: 'int32', scale, zeroPoint: 0, data: integers };
}

/** The expected result in uint8, at the finest power of two that holds it. */
function roundedResult({ data }: Tensor): Quantized {
  const elements = Array.from(data, Number);
  const [min, max] = [Math.min(0, ...elements), Math.max(0, ...elements)];
  let scale = 2 ** 20;
  while (scale > 2 ** -20 && (max - min) / (scale / 2) <= 254) scale /= 2;
  const zeroPoint = Math.ceil(-min / scale);
  return {
    dtype: 'uint8',
    scale,
    zeroPoint,
    data: elements.map((element) => roundHalfEven(element / scale) + zeroPoint),
  };
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

function toTensor({ shape }: Tensor, { dtype, data }: Quantized): Tensor {
  const arrays = { int8: Int8Array, uint8: Uint8Array, int32: Int32Array } as const;
  return { dtype, shape, data: arrays[dtype].from(data) };
}

function parameters(name: string, { dtype, scale, zeroPoint }: Quantized): ReturnType<typeof encodeTensor>[] {
  return [
    encodeTensor(`${name}.scale`, { dtype: 'float32', shape: [], data: Float32Array.of(scale) }),
    encodeTensor(
      `${name}.zeroPoint`,
      toTensor(
        { dtype, shape: [], data: new Int8Array() },
        {
          dtype,
          scale,
          zeroPoint,
          data: [zeroPoint],
        },
      ),
    ),
  ];
}

function quantizationNode(
  op: string,
  x: string,
  base: string,
  output: string,
): ReturnType<typeof onnxProto.onnx.NodeProto.fromObject> {
  return onnxProto.onnx.NodeProto.fromObject({
    opType: op,
    input: [x, `${base}.scale`, `${base}.zeroPoint`],
    output: [output],
  });
}
