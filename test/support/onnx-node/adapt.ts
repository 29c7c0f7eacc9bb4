/** A test in a form that can be compiled: what a circuit reads as graph inputs, everything else as constants. */
import onnxProto from 'onnx-proto';
import type { onnx } from 'onnx-proto';
import type { Tensor } from '../../../src/ir/types.js';
import type { NodeTest } from './archive.js';

export const DATA_TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9 } as const;

export interface AdaptedTest {
  readonly model: Uint8Array;
  /** Elements of each graph input by name. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Expected elements and shape of each graph output by name. */
  readonly outputs: Readonly<Record<string, { readonly data: readonly number[]; readonly shape: readonly number[] }>>;
}

/** Operators of which every input is data; of the others only the first is. */
const VARIADIC = new Set(['Add', 'Sub', 'Mul', 'Div', 'Concat', 'Max', 'Min']);

/** Names of the graph inputs that are data. */
export function dataInputs(model: onnx.ModelProto): string[] {
  const graph = model.graph!;
  const names = graph.input!.map(({ name }) => name!);
  return VARIADIC.has(graph.node![0]!.opType!) ? names : names.slice(0, 1);
}

/** The test as it is: all inputs that are no data become initializers. */
export function asIs(test: NodeTest): AdaptedTest {
  const model = test.model();
  return encodeTest(model, dataInputs(model), test.inputs(), test.outputs());
}

/** Encodes a model whose inputs other than `data` become initializers. */
export function encodeTest(
  model: onnx.ModelProto,
  data: readonly string[],
  inputs: ReadonlyMap<string, Tensor>,
  outputs: ReadonlyMap<string, Tensor>,
): AdaptedTest {
  const graph = model.graph!;
  const constants = [...inputs].filter(([name]) => !data.includes(name));
  graph.initializer = [...graph.initializer!, ...constants.map(([name, tensor]) => encodeTensor(name, tensor))];
  graph.input = graph.input!.filter(({ name }) => data.includes(name!));
  return {
    model: onnxProto.onnx.ModelProto.encode(model).finish(),
    inputs: Object.fromEntries(data.map((name) => [name, Array.from(inputs.get(name)!.data, Number)])),
    outputs: Object.fromEntries(
      [...outputs].map(([name, { data, shape }]) => [name, { data: Array.from(data, Number), shape }]),
    ),
  };
}

/** A TensorProto with raw data. */
export function encodeTensor(name: string, { dtype, shape, data }: Tensor): onnx.TensorProto {
  return onnxProto.onnx.TensorProto.fromObject({
    name,
    dims: [...shape],
    dataType: DATA_TYPES[dtype],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });
}
