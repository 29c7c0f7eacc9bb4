import type { Architecture, MoveStep, ProductStep, RequantizationWidths, Step } from '../../artifacts/architecture.js';
import { ProblemsError, ZkinferError } from '../../errors.js';
import type { Graph, IntegerNode, IntRange, RequantizeNode, Value, Window } from '../../ir/types.js';
import { transposeSources } from '../../ir/moves.js';
import { elementCount } from '../../ir/types.js';
import type { Chain } from '../chains.js';
import { chainFrom } from '../chains.js';
import type { ChannelFunction } from './channel.js';

/** Node kinds that a circuit with committed weights has. */
const SUPPORTED: ReadonlySet<string> = new Set(['conv', 'matmul', 'requantize', 'maxpool', 'reshape', 'move']);
const HINT = 'Compile with --weights fixed, which supports it.';

/** A product step whose widths are not chosen yet, with the nodes it comes from. */
export interface ProductSource {
  readonly step: Omit<ProductStep, 'requantization'>;
  readonly linear: NonNullable<Chain['linear']>;
  readonly requantize: RequantizeNode;
  /** Zero point of the input. */
  readonly inputZero: number;
  readonly channels: readonly ChannelFunction[];
}

/** The steps of a graph; `source` stands where widths are missing. */
export interface Outline {
  readonly inputs: readonly number[];
  readonly steps: readonly (ProductSource | Exclude<Step, ProductStep>)[];
  readonly outputs: readonly number[];
}

export function isProductSource(step: Outline['steps'][number]): step is ProductSource {
  return 'linear' in step;
}

/** Names of the main node of each step, for reports and errors. */
export interface NamedOutline extends Outline {
  readonly names: readonly string[];
}

/**
 * Steps of a graph in the integer dialect.
 * @throws ProblemsError MODEL_UNSUPPORTED naming every node that this mode does not have
 */
export function outlineOf(graph: Graph): NamedOutline {
  const builder = new OutlineBuilder(graph);
  const done = new Set<IntegerNode>();
  for (const node of graph.nodes as readonly IntegerNode[]) {
    if (done.has(node)) continue;
    const chain = chainFrom(graph, node);
    builder.add(chain);
    for (const member of chain.nodes) done.add(member);
  }
  return builder.finish();
}

/** Puts widths into an outline. */
export function withWidths(
  outline: Outline,
  widths: (source: ProductSource, index: number) => RequantizationWidths,
): Architecture {
  const steps = outline.steps.map((step, i): Step =>
    isProductSource(step) ? { ...step.step, requantization: widths(step, i) } : step,
  );
  return { inputs: outline.inputs, steps, outputs: outline.outputs };
}

class OutlineBuilder {
  private readonly steps: Outline['steps'][number][] = [];
  private readonly names: string[] = [];
  private readonly problems: ZkinferError[] = [];
  private readonly tensors = new Map<string, number>();
  private readonly inputs: number[];

  constructor(private readonly graph: Graph) {
    this.inputs = graph.inputs.map(({ value }) => elementCount(this.value(value).shape));
    graph.inputs.forEach(({ value }, i) => this.tensors.set(value, i));
  }

  finish(): NamedOutline {
    if (this.problems.length > 0) {
      throw new ProblemsError('the model has nodes that cannot be proven with committed weights', this.problems);
    }
    const outputs = this.graph.outputs.map(({ value }) => this.tensors.get(value)!);
    return { inputs: this.inputs, steps: this.steps, outputs, names: this.names };
  }

  add(chain: Chain): void {
    const first = chain.nodes[0]!;
    const output = chain.nodes.at(-1)!.outputs[0]!;
    // What reads the output of a refused node is looked at all the same.
    const input = this.tensors.get(first.inputs[0]!) ?? 0;
    const unsupported = chain.nodes.filter(({ kind }) => !SUPPORTED.has(kind));
    if (unsupported.length > 0) {
      for (const node of unsupported) this.refuse(node.name, `a node of kind ${node.kind}`);
    } else if (chain.linear) {
      if (chain.requantize) this.addProduct(chain, input);
      else this.refuse(first.name, 'a product that is not requantized by its only reader');
    } else if (first.kind === 'maxpool') {
      this.push(
        { kind: 'maxpool', input, shape: this.value(first.inputs[0]!).shape.slice(1), window: first.window },
        first.name,
      );
      this.checkBatch(first, first.inputs[0]!);
    } else if (first.kind === 'move') {
      const inputs = first.inputs.map((name) => this.tensors.get(name) ?? 0);
      this.push({ kind: 'move', inputs, sources: [...first.sources], fill: first.fill }, first.name);
    } else if (first.kind === 'reshape') {
      this.tensors.set(output, input);
      return;
    } else this.refuse(first.name, 'a requantization that stands alone');
    this.tensors.set(output, this.inputs.length + this.steps.length - 1);
  }

  private addProduct({ linear, requantize, pool }: Chain, input: number): void {
    const node = linear!;
    const { shape } = this.value(node.inputs[0]!);
    if (node.kind === 'conv') {
      this.checkBatch(node, node.inputs[0]!);
      const { window, group } = node;
      const step = {
        kind: 'product',
        op: 'Conv',
        input,
        shape: shape.slice(1),
        window,
        group,
        outChannels: node.bias.length,
      } as const;
      this.push(this.source(pool ? { ...step, pool: pool.window } : step, node, requantize!), node.name);
      return;
    }
    const rows = elementCount(shape.slice(0, -1));
    const columns = shape.at(-1)!;
    const outChannels = node.bias.length;
    let from = input;
    if (rows > 1) from = this.push(transposition(input, rows, columns), node.name);
    const step = {
      kind: 'product',
      op: 'MatMul',
      input: from,
      shape: [columns, rows],
      window: POINT,
      group: 1,
      outChannels,
    } as const;
    const to = this.push(this.source(step, node, requantize!), node.name);
    if (rows > 1) this.push(transposition(to, outChannels, rows), node.name);
  }

  private source(
    step: ProductSource['step'],
    linear: NonNullable<Chain['linear']>,
    requantize: RequantizeNode,
  ): ProductSource {
    const accumulator = this.value(requantize.inputs[0]!);
    const zeroPoint = this.value(requantize.outputs[0]!).quantization!.zeroPoint;
    const channels = Array.from({ length: step.outChannels }, (_, c) => ({
      range: rangeOf(accumulator, c),
      multiplier: requantize.multipliers[requantize.multipliers.length === 1 ? 0 : c]!,
      zeroPoint,
      clamp: requantize.clamp,
    }));
    return { step, linear, requantize, inputZero: this.value(linear.inputs[0]!).quantization!.zeroPoint, channels };
  }

  private push(step: Outline['steps'][number], name: string): number {
    this.names.push(name);
    return this.inputs.length + this.steps.push(step) - 1;
  }

  private checkBatch(node: IntegerNode, value: string): void {
    if (this.value(value).shape[0] !== 1) this.refuse(node.name, 'a batch that is fixed in the model');
  }

  private refuse(node: string, what: string): void {
    const message = `committed weights do not support ${what}`;
    this.problems.push(new ZkinferError('MODEL_UNSUPPORTED', message, { location: { node }, hint: HINT }));
  }

  private value(name: string): Value {
    return this.graph.values.get(name)!;
  }
}

function transposition(input: number, rows: number, columns: number): MoveStep {
  return { kind: 'move', inputs: [input], sources: [...transposeSources([rows, columns], [1, 0])], fill: 0 };
}

const POINT: Window = { kernel: [1], strides: [1], dilations: [1], padsBegin: [0], padsEnd: [0] };

function rangeOf({ ranges }: Value, channel: number): IntRange {
  return ranges!.length === 1 ? ranges![0]! : ranges![channel]!;
}
