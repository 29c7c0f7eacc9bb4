import type { LayerReport } from '../artifacts/types.js';
import type { Graph, Shape, Value } from '../ir/types.js';
import { elementCount } from '../ir/types.js';
import { transposeSources } from '../ir/moves.js';
import { stepLookupCost } from './cost.js';
import type { StepForm } from './step-form.js';
import type { Layer, Wires } from './types.js';

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What a layer reports besides its constraints; no MACs and nothing requantized where left out. */
export type PartialReport = Pick<LayerReport, 'name' | 'op' | 'shape'> & { macs?: number; requantized?: number };

export type NewLayer = DistributiveOmit<Layer, 'output' | 'report'>;

/** The layers of a plan while it is built, and which flat signal array holds which value of the graph. */
export class Wiring {
  readonly layers: Layer[] = [];
  private readonly wires = new Map<string, Wires>();
  private inputs = 0;

  constructor(readonly graph: Graph) {}

  value(name: string): Value {
    return this.graph.values.get(name)!;
  }

  addInput(value: string): void {
    this.set(value, { signal: `input${this.inputs++}`, size: elementCount(this.value(value).shape) });
  }

  /** The flat array that holds a value. */
  of(value: string): Wires {
    return this.wires.get(value)!;
  }

  set(value: string, wires: Wires): void {
    this.wires.set(value, wires);
  }

  push(layer: NewLayer, report: PartialReport, constraints: number): Wires {
    const output = `layer${this.layers.length}`;
    this.layers.push({ ...layer, output, report: { macs: 0, requantized: 0, ...report, constraints } } as Layer);
    return { signal: output, size: layer.outputSize };
  }

  /** Wiring of one or several arrays into one; an array that stays as it is needs none. */
  move(inputs: readonly Wires[], sources: readonly number[], report: PartialReport, fill = 0): Wires {
    const [first] = inputs;
    const stays = inputs.length === 1 && first!.size === sources.length && sources.every((source, i) => source === i);
    if (stays) return first!;
    return this.push({ kind: 'move', inputs, sources, fill, outputSize: sources.length }, report, 0);
  }

  /** One array of what several layers give, each for some of the places. */
  scatter(
    parts: readonly { readonly wires: Wires; readonly places: readonly number[] }[],
    report: PartialReport,
  ): Wires {
    const sources: number[] = [];
    let offset = 0;
    for (const { places } of parts) {
      for (const [i, place] of places.entries()) sources[place] = offset + i;
      offset += places.length;
    }
    const inputs = parts.map(({ wires }) => wires);
    return this.move(inputs, sources, { name: report.name, op: 'Gather', shape: report.shape });
  }

  /** The steps of a function of each accumulator. */
  steps(input: Wires, form: StepForm, report: PartialReport): Wires {
    const layer = { kind: 'steps', form, inputs: [input], outputSize: input.size } as const;
    return this.push(layer, report, input.size * stepLookupCost(form.bits));
  }

  /** A tensor with one of its axes first, for templates that take channels first. */
  channelsFirst(input: Wires, shape: Shape, axis: number, name: string): Wires {
    const [before, channels, after] = around(shape, axis);
    const sources = transposeSources([before, channels, after], [1, 0, 2]);
    return this.move([input], [...sources], { name, op: 'Transpose', shape: [channels, before, after] });
  }

  /** The inverse of channelsFirst: `shape` and `axis` are those of the result. */
  channelsBack(input: Wires, shape: Shape, axis: number, name: string): Wires {
    const [before, channels, after] = around(shape, axis);
    const sources = transposeSources([channels, before, after], [1, 0, 2]);
    return this.move([input], [...sources], { name, op: 'Transpose', shape });
  }
}

/** Elements before, along and after an axis. */
export function around(shape: Shape, axis: number): [before: number, along: number, after: number] {
  return [elementCount(shape.slice(0, axis)), shape[axis]!, elementCount(shape.slice(axis + 1))];
}
