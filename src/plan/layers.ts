import { ZkinferError } from '../errors.js';
import type { ConvNode, Graph, IntRange, IntegerNode, MatMulNode, MaxPoolNode, TableNode, Value } from '../ir/types.js';
import { dtypeRange, elementCount } from '../ir/types.js';
import type { Chain } from './chains.js';
import { maxCost, outputCost, TABLE_COST } from './cost.js';
import type { RequantizeForm } from './form.js';
import { bitLength } from './form.js';
import type { Gather } from './gather.js';
import { insideTaps, pointGather, transposeSources, windowGather } from './gather.js';
import type { ChannelForm } from './requantization.js';
import { tableForm } from './requantization.js';
import type { ConvLayer, Layer, MaxPoolLayer } from './types.js';

type Linear = Pick<ConvLayer, 'gather' | 'outChannels' | 'group' | 'zeroPoint' | 'weights' | 'constants'>;

/** Adds the nodes of a graph to a list of layers, wiring flat signal arrays. */
export class LayerBuilder {
  readonly layers: Layer[] = [];
  private readonly signals = new Map<string, string>();
  private inputs = 0;

  constructor(private readonly graph: Graph) {}

  addInput(value: string): void {
    this.signals.set(value, `input${this.inputs++}`);
  }

  /** Plan name of the flat array that holds a value. */
  signalOf(value: string): string {
    return this.signals.get(value)!;
  }

  add(chain: Chain, forms: readonly ChannelForm[]): void {
    const [first] = chain.nodes;
    if (chain.linear || chain.requantize) this.addLinear(chain, forms);
    else if (first!.kind === 'maxpool') this.addMaxPool(first as MaxPoolNode);
    else if (first!.kind === 'table') this.addTable(first as TableNode);
    else if (first!.kind === 'transpose') {
      const { shape } = this.value(first!.inputs[0]!);
      this.addTranspose(first!, this.signalOf(first!.inputs[0]!), shape, (first as { perm: readonly number[] }).perm);
      this.signals.set(first!.outputs[0]!, this.layers.at(-1)!.output);
    } else this.signals.set(first!.outputs[0]!, this.signalOf(first!.inputs[0]!));
  }

  private value(name: string): Value {
    return this.graph.values.get(name)!;
  }

  private push(layer: DistributiveOmit<Layer, 'output'>): string {
    const output = `layer${this.layers.length}`;
    this.layers.push({ ...layer, output } as Layer);
    return output;
  }

  /** Linear operator, requantization and pooling, in the cheaper order: pooling commutes with the requantization, which is monotone. */
  private addLinear(chain: Chain, channelForms: readonly ChannelForm[]): void {
    const { linear, requantize, pool } = chain;
    const node = (linear ?? requantize)!;
    const input = this.value(node.inputs[0]!);
    const accumulator = linear ? this.value(linear.outputs[0]!) : input;
    const last = this.value(chain.nodes.at(-1)!.outputs[0]!);
    const forms = spread(channelForms, accumulator);
    if (!linear) assertChannelMajor(accumulator, node.name);
    const description = linear ? this.linear(linear, input) : elementwise(accumulator, forms.length);
    const spatial = description.gather.sources.length;
    const rows = matrixRows(linear, input);
    let signal = this.signalOf(node.inputs[0]!);
    if (linear && rows > 1) signal = this.addTranspose(linear, signal, [rows, input.shape.at(-1)!], [1, 0]);

    const poolWindows = pool && windowGather(this.value(pool.inputs[0]!).shape, pool.window);
    const poolFirst =
      pool !== undefined &&
      forms.length > 0 &&
      poolingFirstIsCheaper(forms, accumulator, this.value(pool.inputs[0]!), poolWindows!, linear !== undefined);

    const operator = linear ? linearName(linear) : '';
    const base = { name: node.name, shape: last.shape };
    const unpooled = { name: node.name, shape: requantize ? this.value(requantize.outputs[0]!).shape : last.shape };
    const fused = [operator, 'Requantize'].filter(Boolean).join(' + ');
    const outputs = description.outChannels * spatial;
    const macs = linear ? outputs * description.weights[0]!.length : 0;
    if (poolFirst) {
      if (linear)
        signal = this.addConv(
          signal,
          description,
          forms.map(() => undefined),
          { ...unpooled, op: operator, macs },
        );
      signal = this.addPool(signal, poolWindows!, channelBits(accumulator, forms.length), { ...base, op: 'MaxPool' });
      const pooled = pointGather(forms.length, poolWindows!.sources.length);
      signal = this.addConv(signal, { ...elementwise(accumulator, forms.length), gather: pooled }, forms, {
        ...base,
        op: 'Requantize',
        requantized: forms.length * poolWindows!.sources.length,
      });
    } else {
      const conv = requantize ? forms : Array<undefined>(description.outChannels).fill(undefined);
      signal = this.addConv(signal, description, conv, {
        ...unpooled,
        op: requantize ? fused : operator,
        macs,
        requantized: requantize ? outputs : 0,
      });
      if (pool)
        signal = this.addPool(signal, poolWindows!, channelBits(this.value(pool.inputs[0]!), poolWindows!.channels), {
          ...base,
          op: 'MaxPool',
        });
    }
    if (linear && rows > 1) signal = this.addTranspose(linear, signal, [description.outChannels, rows], [1, 0]);
    this.signals.set(chain.nodes.at(-1)!.outputs[0]!, signal);
  }

  private linear(node: ConvNode | MatMulNode, input: Value): Linear {
    if (node.kind === 'conv' && input.shape[0] !== 1) {
      throw new ZkinferError('MODEL_UNSUPPORTED', `the batch of ${input.shape[0]} is fixed in the model`, {
        location: { node: node.name, op: 'Conv' },
        hint: 'Export the model with batch size 1 or a symbolic batch dimension.',
      });
    }
    const zeroPoint = input.quantization!.zeroPoint;
    const outChannels = node.bias.length;
    const weights = node.kind === 'conv' ? rowsOf(node.weights, outChannels) : columnsOf(node.weights, outChannels);
    const constants = weights.map((row, n) => node.bias[n]! - zeroPoint * row.reduce((a, b) => a + b, 0));
    const gather =
      node.kind === 'conv'
        ? windowGather(input.shape, node.window)
        : pointGather(input.shape.at(-1)!, matrixRows(node, input));
    return { gather, outChannels, group: node.kind === 'conv' ? node.group : 1, zeroPoint, weights, constants };
  }

  private addConv(
    input: string,
    linear: Linear,
    forms: readonly (RequantizeForm | undefined)[],
    report: PartialReport,
  ): string {
    const positions = linear.gather.sources.length;
    const isCopy = (n: number): boolean =>
      linear.weights[n]!.length === 1 && linear.weights[n]![0] === 1 && linear.constants[n] === 0;
    const constraints = forms.reduce((sum, form, n) => sum + outputCost(form, isCopy(n)), 0) * positions;
    return this.push({
      kind: 'conv',
      ...linear,
      forms,
      input,
      inputSize: linear.gather.channels * linear.gather.inputSize,
      outputSize: linear.outChannels * positions,
      report: { macs: 0, requantized: 0, ...report, constraints },
    });
  }

  private addPool(input: string, gather: Gather, bits: readonly number[], report: PartialReport): string {
    return this.push({
      ...poolLayer(input, gather, bits),
      report: { macs: 0, requantized: 0, ...report, constraints: poolCost(gather, bits) },
    });
  }

  private addMaxPool(node: MaxPoolNode): void {
    const input = this.value(node.inputs[0]!);
    const gather = windowGather(input.shape, node.window);
    const report = { name: node.name, op: 'MaxPool', shape: this.value(node.outputs[0]!).shape };
    const bits = channelBits(input, gather.channels);
    this.signals.set(node.outputs[0]!, this.addPool(this.signalOf(node.inputs[0]!), gather, bits, report));
  }

  private addTable(node: TableNode): void {
    const value = this.value(node.inputs[0]!);
    const size = elementCount(value.shape);
    const report = { name: node.name, op: node.label, shape: value.shape };
    const exact = tableForm(this.graph, node);
    const input = this.signalOf(node.inputs[0]!);
    let signal: string;
    if (exact && exact.cost < TABLE_COST) {
      const description = { ...elementwise(value, 1), gather: pointGather(1, size) };
      signal = this.addConv(input, description, [exact.form], { ...report, requantized: size });
    } else {
      signal = this.push({
        kind: 'table',
        min: dtypeRange(value.dtype as 'int8' | 'uint8').min,
        table: [...node.table],
        input,
        inputSize: size,
        outputSize: size,
        report: { ...report, macs: 0, requantized: size, constraints: size * TABLE_COST },
      });
    }
    this.signals.set(node.outputs[0]!, signal);
  }

  private addTranspose(node: IntegerNode, input: string, shape: readonly number[], perm: readonly number[]): string {
    const size = elementCount(shape);
    const report = {
      name: node.name,
      op: 'Transpose',
      shape: perm.map((axis) => shape[axis]!),
      macs: 0,
      requantized: 0,
      constraints: 0,
    };
    return this.push({
      kind: 'permute',
      sources: transposeSources(shape, perm),
      input,
      inputSize: size,
      outputSize: size,
      report,
    });
  }
}

type PartialReport = Pick<Layer['report'], 'name' | 'op' | 'shape'> & { macs?: number; requantized?: number };
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function linearName(node: ConvNode | MatMulNode): string {
  return node.kind === 'conv' ? 'Conv' : 'MatMul';
}

/** Rows of a matrix product's left side: all leading dimensions. */
function matrixRows(node: ConvNode | MatMulNode | undefined, input: Value): number {
  return node?.kind === 'matmul' ? elementCount(input.shape.slice(0, -1)) : 1;
}

/** An elementwise requantization takes its channels one after the other. */
function assertChannelMajor(value: Value, node: string): void {
  const before = elementCount(value.shape.slice(0, value.channelAxis ?? 0));
  if (before === 1) return;
  throw new ZkinferError('INTERNAL', 'a requantization that stands alone has channels on an inner axis', {
    location: { node },
  });
}

/** One form per channel of the accumulator, whatever the number of multipliers. */
function spread(forms: readonly ChannelForm[], accumulator: Value): RequantizeForm[] {
  const channels = accumulator.channelAxis === undefined ? 1 : accumulator.shape[accumulator.channelAxis]!;
  if (forms.length === 1 && channels > 1) return Array<RequantizeForm>(channels).fill(forms[0]!.form);
  return forms.map(({ form }) => form);
}

/** y = x, one channel each: what an elementwise requantization combines. */
function elementwise(value: Value, channels: number): Linear {
  return {
    gather: pointGather(channels, elementCount(value.shape) / channels),
    outChannels: channels,
    group: channels,
    zeroPoint: 0,
    weights: Array.from({ length: channels }, () => [1]),
    constants: Array<number>(channels).fill(0),
  };
}

function rowsOf(weights: Int32Array, rows: number): Int32Array[] {
  const length = weights.length / rows;
  return Array.from({ length: rows }, (_, n) => weights.slice(n * length, (n + 1) * length));
}

function columnsOf(weights: Int32Array, columns: number): Int32Array[] {
  const rows = weights.length / columns;
  return Array.from({ length: columns }, (_, n) =>
    Int32Array.from({ length: rows }, (_, k) => weights[k * columns + n]!),
  );
}

function rangeOf(value: Value, channel: number): IntRange {
  return value.ranges!.length === 1 ? value.ranges![0]! : value.ranges![channel]!;
}

/** Per channel: bits of the difference of two elements. */
function channelBits(value: Value, channels: number): number[] {
  return Array.from({ length: channels }, (_, channel) => {
    const { min, max } = rangeOf(value, channel);
    return Math.max(1, bitLength(max - min));
  });
}

function poolLayer(
  input: string,
  gather: Gather,
  bits: readonly number[],
): DistributiveOmit<MaxPoolLayer, 'output' | 'report'> {
  return {
    kind: 'maxpool',
    gather,
    bits,
    input,
    inputSize: gather.channels * gather.inputSize,
    outputSize: gather.channels * gather.sources.length,
  };
}

function poolCost(gather: Gather, bits: readonly number[]): number {
  const comparisons = insideTaps(gather) - gather.sources.length;
  return comparisons * bits.reduce((sum, n) => sum + maxCost(n), 0);
}

/** Compares requantize-then-pool with pool-then-requantize; the latter needs each accumulator as a signal. */
function poolingFirstIsCheaper(
  forms: readonly RequantizeForm[],
  accumulator: Value,
  requantized: Value,
  gather: Gather,
  isLinear: boolean,
): boolean {
  const perElement = forms.reduce((sum, form) => sum + outputCost(form), 0);
  const later = perElement * gather.inputSize + poolCost(gather, channelBits(requantized, forms.length));
  const first =
    (isLinear ? forms.length * gather.inputSize : 0) +
    poolCost(gather, channelBits(accumulator, forms.length)) +
    perElement * gather.sources.length;
  return first < later;
}
