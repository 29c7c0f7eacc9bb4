/** Collects the nodes and values of the integer graph while it is built. */
import { dtypeRange, elementCount } from '../../ir/types.js';
import type { DType, GraphEdge, IntegerNode, Quantization, Shape, Value } from '../../ir/types.js';
import type { Move } from './facts.js';

interface OpenValue {
  name: string;
  dtype: DType;
  shape: Shape;
  /** Unknown on integer graph inputs and what is moved from them, until an operator tells. */
  quantization?: Quantization;
  channelAxis?: number;
}

export class IntegerBuilder {
  readonly nodes: IntegerNode[] = [];
  readonly inputs: GraphEdge[] = [];
  private readonly values = new Map<string, OpenValue>();
  private readonly reinterpreted = new Map<string, string>();

  /** Adds a value under a free name made from `base`. */
  addValue(
    base: string,
    dtype: DType,
    shape: Shape,
    details: Pick<OpenValue, 'quantization' | 'channelAxis'> = {},
  ): string {
    let name = base;
    for (let i = 2; this.values.has(name); i++) name = `${base}.${i}`;
    this.values.set(name, { name, dtype, shape, ...details });
    return name;
  }

  value(name: string): Readonly<OpenValue> {
    return this.values.get(name)!;
  }

  /** The 8-bit dtype of a quantized value. */
  dtype(name: string): 'int8' | 'uint8' {
    return this.value(name).dtype as 'int8' | 'uint8';
  }

  /**
   * The same integers under a given scale and zero point: the value itself where it agrees (or where its quantization is not
   * known yet), else a reshape to a value that differs only in quantization.
   */
  withQuantization(name: string, quantization: Quantization, nodeName: string): string {
    const value = this.values.get(name)!;
    value.quantization ??= quantization;
    if (sameQuantization(value.quantization, quantization)) return name;
    const key = JSON.stringify([name, quantization.scale, quantization.zeroPoint]);
    const known = this.reinterpreted.get(key);
    if (known !== undefined) return known;
    const output = this.addValue(`${name}.reinterpreted`, value.dtype, value.shape, { quantization });
    this.nodes.push({ kind: 'reshape', name: nodeName, inputs: [name], outputs: [output] });
    this.reinterpreted.set(key, output);
    return output;
  }

  /** Applies a movement, MaxPool or its counterpart to a quantized value; a reshape to the same shape is dropped. */
  move(name: string, move: Move, outputName: string): string {
    const { shape } = this.value(name);
    switch (move.kind) {
      case 'reshape': {
        if (shape.join() === move.shape.join()) return name;
        return this.derive(outputName, name, move.shape, (ends) => ({ kind: 'reshape', name: move.name, ...ends }));
      }
      case 'move':
        return this.gather([name], move, 0, outputName);
      case 'maxpool': {
        if (move.least) {
          const upside = this.reverse(name, move.name, `${outputName}.reversed`);
          const greatest = this.move(upside, { ...move, least: false }, `${outputName}.maximum`);
          return this.reverse(greatest, move.name, outputName);
        }
        const { window } = move;
        return this.derive(outputName, name, move.shape, (ends) => ({
          kind: 'maxpool',
          name: move.name,
          window,
          ...ends,
        }));
      }
    }
  }

  /** Elements of one or more values of one dtype, `fill` where a source is -1. */
  gather(
    names: readonly string[],
    move: Omit<Move & { kind: 'move' }, 'kind'>,
    fill: number,
    outputName: string,
  ): string {
    const { sources, label, shape } = move;
    return this.derive(outputName, names[0]!, shape, ({ outputs }) => ({
      kind: 'move',
      name: move.name,
      inputs: names,
      outputs,
      sources,
      fill,
      label,
    }));
  }

  /** The integers in reverse order: least and greatest change places. */
  reverse(name: string, nodeName: string, outputName: string): string {
    const { max } = dtypeRange(this.dtype(name));
    const tables = Int32Array.from({ length: 256 }, (_, i) => max - i);
    return this.derive(outputName, name, this.value(name).shape, (ends) => ({
      kind: 'table',
      name: nodeName,
      tables,
      label: 'Reverse',
      ...ends,
    }));
  }

  /** A constant as a value: pieces without a source in `anchor`, one for each number that occurs. */
  constant(
    anchor: string,
    data: Int32Array,
    shape: Shape,
    label: string,
    nodeName: string,
    outputName: string,
  ): string {
    const numbers = [...new Set(data)];
    const fillWith = (fill: number, target: Shape, output: string): string => {
      const sources = new Int32Array(elementCount(target)).fill(-1);
      return this.gather([anchor], { name: nodeName, label, shape: target, sources }, fill, output);
    };
    if (numbers.length === 1) return fillWith(numbers[0]!, shape, outputName);
    const pieces = numbers.map((number) => fillWith(number, [1], `${outputName}.constant`));
    const places = new Map(numbers.map((number, i) => [number, i]));
    const sources = data.map((number) => places.get(number)!);
    return this.gather(pieces, { name: nodeName, label, shape, sources }, 0, outputName);
  }

  private derive(
    outputName: string,
    from: string,
    shape: Shape,
    node: (ends: { inputs: readonly string[]; outputs: readonly string[] }) => IntegerNode,
  ): string {
    const { dtype, quantization } = this.value(from);
    const output = this.addValue(outputName, dtype, shape, quantization ? { quantization } : {});
    this.nodes.push(node({ inputs: [from], outputs: [output] }));
    return output;
  }

  /** All values, with quantization carried along moves to where it was not known; scale 1 and zero point 0 where nothing tells. */
  finishValues(): Map<string, Value> {
    for (const node of [...this.nodes].reverse())
      for (const input of node.inputs) this.carry(node, node.outputs[0]!, input);
    for (const node of this.nodes) for (const input of node.inputs) this.carry(node, input, node.outputs[0]!);
    const values = new Map<string, Value>();
    for (const [name, value] of this.values) {
      const unknown = value.dtype !== 'int32' && value.quantization === undefined;
      values.set(name, unknown ? { ...value, quantization: { scale: 1, zeroPoint: 0 } } : { ...value });
    }
    return values;
  }

  private carry(node: IntegerNode, from: string, to: string): void {
    if (node.kind !== 'reshape' && node.kind !== 'move' && node.kind !== 'maxpool') return;
    const known = this.values.get(from)!.quantization;
    if (known) this.values.get(to)!.quantization ??= known;
  }
}

export function sameQuantization(a: Quantization, b: Quantization): boolean {
  return a.scale === b.scale && a.zeroPoint === b.zeroPoint;
}
