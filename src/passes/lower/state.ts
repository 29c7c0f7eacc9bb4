/** Shared state of lowering: facts by value name, the graph being built, and how a node is refused. */
import { ZkinferError } from '../../errors.js';
import type { ErrorCode } from '../../errors.js';
import { dequantizeAll } from '../../ir/float32.js';
import { dtypeRange } from '../../ir/types.js';
import type { Graph, OnnxNode, Quantization, Tensor } from '../../ir/types.js';
import { IntegerBuilder } from './builder.js';
import type { Fact, PendingFact } from './facts.js';
import { shareTables } from './share-tables.js';
import type { Target } from './tables.js';

export class LoweringState {
  readonly facts = new Map<string, Fact>();
  readonly builder = new IntegerBuilder();

  constructor(readonly graph: Graph) {}

  fact(node: OnnxNode, index: number): Fact {
    return this.facts.get(node.inputs[index] ?? '') ?? { kind: 'lost' };
  }

  has(node: OnnxNode, index: number): boolean {
    return (node.inputs[index] ?? '') !== '';
  }

  /** Says what one output of a node is known as. */
  set(node: OnnxNode, fact: Fact, index = 0): void {
    const name = node.outputs[index] ?? '';
    if (name !== '') this.facts.set(name, fact);
  }

  /** Shape of a value of the imported graph. */
  shape(name: string): readonly number[] {
    return this.graph.values.get(name)!.shape;
  }

  outputShape(node: OnnxNode): readonly number[] {
    return this.shape(node.outputs[0]!);
  }

  /** A constant input; refuses the node where it is computed. */
  constant(node: OnnxNode, index: number, what: string): Tensor {
    const fact = this.fact(node, index);
    if (fact.kind === 'constant') return fact.tensor;
    return refuse(
      node,
      `its ${what} (${node.inputs[index]}) is computed from data`,
      'only constants are supported here',
    );
  }

  /** Scales and zero points given by two inputs; one entry each per tensor, several per channel. */
  quantization(node: OnnxNode, scale: number, zeroPoint: number): { scales: Float32Array; zeroPoints: Int32Array } {
    const scales = Float32Array.from(this.constant(node, scale, 'scale').data as Float32Array);
    if (scales.some((s) => !(s > 0) || !Number.isFinite(s))) refuse(node, 'a scale is not positive and finite');
    const zeroPoints = this.has(node, zeroPoint)
      ? Int32Array.from(this.constant(node, zeroPoint, 'zero point').data as Int8Array)
      : new Int32Array(scales.length);
    if (zeroPoints.length !== scales.length && zeroPoints.length !== 1)
      refuse(node, 'scales and zero points differ in number');
    if (zeroPoints.length !== scales.length)
      return { scales, zeroPoints: new Int32Array(scales.length).fill(zeroPoints[0]!) };
    return { scales, zeroPoints };
  }

  /** Quantization of an activation: always one for the whole tensor. */
  activationQuantization(node: OnnxNode, scale: number, zeroPoint: number): Quantization {
    const { scales, zeroPoints } = this.quantization(node, scale, zeroPoint);
    if (scales.length !== 1) refuse(node, 'an activation is quantized per channel', 'quantize activations per tensor');
    return { scale: scales[0]!, zeroPoint: zeroPoints[0]! };
  }

  /** Quantization and type of a quantized output, by the node's inputs. */
  target(node: OnnxNode, scale: number, zeroPoint: number): Target {
    const { dtype } = this.graph.values.get(node.outputs[0]!)!;
    return { quantization: this.activationQuantization(node, scale, zeroPoint), dtype: dtype as 'int8' | 'uint8' };
  }

  /** A quantized activation given by three inputs (integers, scale, zero point from `index` on), as the function DequantizeLinear. */
  quantizedOperand(node: OnnxNode, index: number): PendingFact {
    const fact = this.fact(node, index);
    if (fact.kind !== 'integer') return refuse(node, `its input ${node.inputs[index]} is not a quantized activation`);
    return this.dequantized(fact.value, this.activationQuantization(node, index + 1, index + 2));
  }

  /** DequantizeLinear of an integer value. */
  dequantized(value: string, quantization: Quantization): PendingFact {
    const floats = dequantizeAll(quantization, this.builder.dtype(value));
    return { kind: 'pending', value, floats, plain: quantization, origin: quantization, ops: [] };
  }

  /**
   * The integers and quantization behind a float operand, for operators that work on integers. A Relu or Clip whose results
   * all are values of the same quantization is applied to the integers first.
   */
  plainOperand(node: OnnxNode, index: number): { value: string; quantization: Quantization } {
    const fact = this.fact(node, index);
    const name = node.inputs[index] ?? '';
    if (fact.kind === 'pending') {
      const plain = this.plainPending(fact, node.name);
      if (plain) return plain;
      return notQuantized(node, `its input ${name} is the float result of ${fact.ops.join(', ')}`);
    }
    if (fact.kind === 'accumulator') return notQuantized(node, `its input ${name} is the float result of ${fact.node}`);
    if (fact.kind === 'joined') {
      return notQuantized(node, `its input ${name} is the float result of ${fact.label} ${fact.name}`);
    }
    if (fact.kind === 'weights' || fact.kind === 'constant')
      return refuse(node, `its input ${name} is a constant`, 'only its weights may be constant');
    return notQuantized(node, `its input ${name} is float`);
  }

  /** Integers whose plain dequantization equals a pending float exactly, or undefined where there are none. */
  plainPending(fact: PendingFact, nodeName: string): { value: string; quantization: Quantization } | undefined {
    const { builder } = this;
    const { origin } = fact;
    if (fact.plain)
      return { value: builder.withQuantization(fact.value, fact.plain, nodeName), quantization: fact.plain };
    const dtype = builder.dtype(fact.value);
    const { min, max } = dtypeRange(dtype);
    const table = Int32Array.from(fact.floats, (float) => Math.round(float / origin.scale) + origin.zeroPoint);
    const exact = table.every(
      (q, i) => q >= min && q <= max && Math.fround((q - origin.zeroPoint) * origin.scale) === fact.floats[i],
    );
    if (!exact) return undefined;
    const value = this.addTable(
      fact.value,
      table,
      origin,
      dtype,
      fact.ops.join(' + '),
      nodeName,
      `${fact.value}.${fact.ops.join('.')}`,
      fact.rows,
    );
    return { value, quantization: origin };
  }

  /**
   * Adds a table node, or nothing where it changes neither integers nor quantization.
   * @param tables 256 entries, or 256 for each of several tables that `rows` names for each element
   */
  addTable(
    input: string,
    tables: Int32Array,
    quantization: Quantization | undefined,
    dtype: 'int8' | 'uint8',
    label: string,
    nodeName: string,
    outputName: string,
    rows?: Int32Array,
  ): string {
    const { builder } = this;
    const { min } = dtypeRange(dtype);
    if (builder.dtype(input) === dtype && tables.every((entry, i) => entry === (i % 256) + min)) {
      return quantization ? builder.withQuantization(input, quantization, nodeName) : input;
    }
    const output = builder.addValue(
      outputName,
      dtype,
      builder.value(input).shape,
      quantization ? { quantization } : {},
    );
    const shared = rows ? shareTables(tables, rows) : { tables };
    builder.nodes.push({ kind: 'table', name: nodeName, inputs: [input], outputs: [output], ...shared, label });
    return output;
  }
}

/** Refuses a node: MODEL_UNSUPPORTED unless another code is given. */
export function refuse(
  node: OnnxNode,
  message: string,
  hint = 'leave it out of the model and compute it outside the proof, or quantize the model again',
  code: ErrorCode = 'MODEL_UNSUPPORTED',
): never {
  throw new ZkinferError(code, `${node.op} ${node.name}: ${message}`, {
    hint,
    location: { node: node.name, op: node.op },
  });
}

/** Refuses a float operator that is not enclosed by quantized tensors. */
export function notQuantized(node: OnnxNode, message: string): never {
  return refuse(
    node,
    message,
    'quantize every tensor between operators statically, for example with onnxruntime.quantization.quantize_static',
    'MODEL_NOT_QUANTIZED',
  );
}
