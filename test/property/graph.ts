/** A random graph as its generator describes it: quantized tensors and the steps between them, each a closed function of 8-bit integers. */
import type { Shape } from '../../src/ir/types.js';
import type { Bits } from '../support/compare-oracle.js';
import { ModelBuilder } from '../support/model-builder.js';

/** QDQ: float operators between DequantizeLinear and QuantizeLinear. QOperator: operators on integers. */
export type Form = 'QDQ' | 'QOperator';

export interface ActivationParameters {
  readonly dtype: Bits;
  readonly scale: number;
  readonly zeroPoint: number;
}

export interface TensorNode {
  /** Index in `RandomGraph.tensors`. */
  readonly id: number;
  readonly shape: Shape;
  /** Undefined on int64 results, which nothing reads. */
  readonly parameters?: ActivationParameters;
}

export interface Step {
  readonly op: string;
  readonly inputs: readonly TensorNode[];
  readonly outputs: readonly TensorNode[];
  /** How close ONNX Runtime comes to the integer meaning of this step alone: it leaves some operators in float32. */
  readonly oracle: 'exact' | 'within one';
  readonly emit: (emission: Emission) => void;
}

export interface RandomGraph {
  readonly form: Form;
  readonly opset: number;
  readonly tensors: readonly TensorNode[];
  readonly inputs: readonly TensorNode[];
  readonly outputs: readonly TensorNode[];
  readonly steps: readonly Step[];
  /** Whether graph inputs and outputs are float32, quantized and dequantized in the model. */
  readonly floatEdges: boolean;
  /** Whether all readers of a tensor share one DequantizeLinear. */
  readonly sharedDequantize: boolean;
}

/** The model being written: what steps read and write by tensor. */
export class Emission {
  private readonly integers = new Map<number, string>();
  private readonly floats = new Map<number, string>();

  constructor(
    readonly builder: ModelBuilder,
    private readonly shared: boolean,
  ) {}

  /** Name of a tensor's integers. */
  integer(tensor: TensorNode): string {
    return this.integers.get(tensor.id)!;
  }

  /** Name of a tensor's dequantized elements. */
  float(tensor: TensorNode): string {
    const known = this.floats.get(tensor.id);
    if (known !== undefined && this.shared) return known;
    const name = this.builder.dequantize(this.integer(tensor), tensor.parameters!);
    this.floats.set(tensor.id, name);
    return name;
  }

  setInteger(tensor: TensorNode, name: string): void {
    this.integers.set(tensor.id, name);
  }

  setFloat(tensor: TensorNode, name: string): void {
    this.setInteger(tensor, this.builder.quantize(name, tensor.parameters!, `t${tensor.id}`));
  }
}

/** The whole graph as a model; inputs are named in<id>, outputs out<id>. */
export function encodeGraph(graph: RandomGraph): Uint8Array {
  return encode(graph, graph.steps, graph.inputs, graph.outputs, graph.floatEdges);
}

/** One step as a model on integers. */
export function encodeStep(graph: RandomGraph, step: Step): Uint8Array {
  return encode(graph, [step], [...new Set(step.inputs)], step.outputs, false);
}

function encode(
  { opset, sharedDequantize }: RandomGraph,
  steps: readonly Step[],
  inputs: readonly TensorNode[],
  outputs: readonly TensorNode[],
  floatEdges: boolean,
): Uint8Array {
  const builder = new ModelBuilder(opset);
  const emission = new Emission(builder, sharedDequantize);
  for (const tensor of inputs) {
    const { dtype } = tensor.parameters!;
    const name = builder.input(`in${tensor.id}`, floatEdges ? 'float32' : dtype, tensor.shape);
    if (floatEdges) emission.setFloat(tensor, name);
    else emission.setInteger(tensor, name);
  }
  for (const step of steps) step.emit(emission);
  for (const tensor of outputs) {
    const name = `out${tensor.id}`;
    const { parameters, shape } = tensor;
    if (parameters && floatEdges) builder.dequantize(emission.integer(tensor), parameters, name);
    else builder.node('Identity', [emission.integer(tensor)], {}, { output: name });
    builder.output(name, parameters ? (floatEdges ? 'float32' : parameters.dtype) : 'int64', shape);
  }
  return builder.encode();
}

/** One line that says what a graph is made of. */
export function describeGraph({ form, opset, steps, inputs, outputs, tensors, floatEdges }: RandomGraph): string {
  const show = ({ id, shape }: TensorNode): string => `t${id}[${shape.join('x')}]`;
  const lines = steps.map((step) => `${step.outputs.map(show).join()} = ${step.op}(${step.inputs.map(show).join()})`);
  const { dtype } = tensors[0]!.parameters!;
  const edges = `${inputs.map(show).join()} -> ${outputs.map(show).join()}`;
  return `${form} ${dtype} opset ${opset}${floatEdges ? ', float edges' : ''}: ${edges}: ${lines.join('; ')}`;
}
