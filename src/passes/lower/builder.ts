/** Collects the nodes and values of the integer graph while it is built. */
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

  /** Applies a movement or MaxPool to a quantized value; a reshape to the same shape is dropped. */
  move(name: string, move: Move, outputName: string): string {
    const { dtype, shape, quantization } = this.value(name);
    if (move.kind === 'reshape' && shape.join() === move.shape.join()) return name;
    const output = this.addValue(outputName, dtype, move.shape, quantization ? { quantization } : {});
    const ends = { name: move.name, inputs: [name], outputs: [output] };
    if (move.kind === 'reshape') this.nodes.push({ kind: 'reshape', ...ends });
    else if (move.kind === 'move')
      this.nodes.push({ kind: 'move', sources: move.sources, fill: 0, label: move.label, ...ends });
    else this.nodes.push({ kind: 'maxpool', window: move.window, ...ends });
    return output;
  }

  /** All values, with quantization carried along moves to where it was not known; scale 1 and zero point 0 where nothing tells. */
  finishValues(): Map<string, Value> {
    for (const node of [...this.nodes].reverse()) this.carry(node, node.outputs[0]!, node.inputs[0]!);
    for (const node of this.nodes) this.carry(node, node.inputs[0]!, node.outputs[0]!);
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
