/** Layers of functions of single elements, of pairs, and of groups of elements. */
import type { ArgMaxNode, AverageNode, BinaryNode, MoveNode, TableNode } from '../ir/types.js';
import { dtypeRange, elementCount } from '../ir/types.js';
import type { AverageForms } from './average-form.js';
import type { BinaryForm } from './binary-form.js';
import { argMaxCost, floatSumCost, TABLE_COST } from './cost.js';
import { pointGather } from './gather.js';
import type { Linear } from './linear-layers.js';
import { addConv, differenceBits } from './linear-layers.js';
import type { ElementForm } from './table-form.js';
import { elementsByRow } from './table-form.js';
import type { Wires } from './types.js';
import type { PartialReport, Wiring } from './wiring.js';

/** Copies, as wiring. */
export function addMove(wiring: Wiring, node: MoveNode): void {
  const result = wiring.value(node.outputs[0]!);
  const report = { name: node.name, op: node.label, shape: result.shape };
  const inputs = node.inputs.map((name) => wiring.of(name));
  wiring.set(result.name, wiring.move(inputs, [...node.sources], report, node.fill));
}

/** A function of each element: by forms, all elements of a row in one channel, or by looking it up. */
export function addTable(wiring: Wiring, node: TableNode, forms: readonly ElementForm[] | undefined): void {
  const value = wiring.value(node.inputs[0]!);
  const size = elementCount(value.shape);
  const report = { name: node.name, op: node.label, shape: value.shape, requantized: size };
  const input = wiring.of(value.name);
  if (!forms) {
    const rows = node.rows ? [...node.rows] : Array<number>(size).fill(0);
    wiring.set(node.outputs[0]!, lookUp(wiring, input, value.dtype as 'int8' | 'uint8', node.tables, rows, report));
    return;
  }
  // A Conv layer has equally many elements in each channel: rows of equal size go together.
  const bySize = new Map<number, number[]>();
  const elements = elementsByRow(node, size);
  for (const [row, list] of elements.entries()) {
    if (list.length > 0) bySize.set(list.length, [...(bySize.get(list.length) ?? []), row]);
  }
  const parts = [...bySize].map(([count, rows]) => {
    const sources = rows.flatMap((row) => elements[row]!);
    const gathered = wiring.move([input], sources, { ...report, op: 'Gather' });
    const linear = {
      gather: pointGather(rows.length, count),
      outChannels: rows.length,
      group: rows.length,
      zeroPoint: 0,
      weights: rows.map((row) => [forms[row]!.sign]),
      constants: rows.map(() => 0),
    };
    const channelForms = rows.map((row) => forms[row]!.form);
    const wires = addConv(wiring, [gathered], linear, channelForms, { ...report, requantized: sources.length });
    return { wires, places: sources };
  });
  wiring.set(node.outputs[0]!, wiring.scatter(parts, report));
}

function lookUp(
  wiring: Wiring,
  input: Wires,
  dtype: 'int8' | 'uint8',
  tables: ArrayLike<number>,
  rows: readonly number[],
  report: PartialReport,
): Wires {
  const flat = Array.from(tables);
  const lists = Array.from({ length: flat.length / 256 }, (_, row) => flat.slice(256 * row, 256 * (row + 1)));
  const { min } = dtypeRange(dtype);
  const layer = { kind: 'table', min, tables: lists, rows, inputs: [input], outputSize: rows.length } as const;
  return wiring.push(layer, report, rows.length * TABLE_COST);
}

/** A function of two elements: one linear combination of both, the sum of what tables give for them, or their product, rounded. */
export function addBinary(wiring: Wiring, node: BinaryNode, found: BinaryForm): void {
  const result = wiring.value(node.outputs[0]!);
  const size = elementCount(result.shape);
  const inputs = node.inputs.map((name) => wiring.of(name));
  const report = { name: node.name, op: node.label, shape: result.shape, requantized: size };
  const combined = (weights: readonly number[]): Linear => ({
    gather: pointGather(weights.length, size),
    outChannels: 1,
    group: 1,
    zeroPoint: 0,
    weights: [weights],
    constants: [0],
  });
  switch (found.kind) {
    case 'linear':
      return wiring.set(result.name, addConv(wiring, inputs, combined(found.weights), [found.form], report));
    case 'tables': {
      const rows = Array<number>(size).fill(0);
      const terms = inputs.map((input, i) => {
        const { dtype } = wiring.value(node.inputs[i]!);
        return lookUp(wiring, input, dtype as 'int8' | 'uint8', found.tables[i]!, rows, { ...report, op: 'Table' });
      });
      const sums = addConv(wiring, terms, combined([1, 1]), [undefined], { ...report, op: 'Sum', requantized: 0 });
      return wiring.set(result.name, wiring.steps(sums, found.steps, report));
    }
    case 'product': {
      const { zeroPoints, rounding } = found;
      const layer = { kind: 'product', zeroPoints, inputs, outputSize: size } as const;
      const products = wiring.push(layer, { ...report, op: 'Product', requantized: 0 }, size);
      const rounded =
        rounding.kind === 'form'
          ? addConv(wiring, [products], combined([1]), [rounding.form], report)
          : wiring.steps(products, rounding.steps, report);
      return wiring.set(result.name, rounded);
    }
  }
}

/**
 * A quantized mean: sums of the elements, or of what a table gives for them, rounded; one layer for each number of elements.
 * @param before a table that has no layer of its own: what gives the elements, where they are looked up again
 */
export function addAverage(
  wiring: Wiring,
  node: AverageNode,
  { terms, classes }: AverageForms,
  before: TableNode | undefined,
): void {
  const result = wiring.value(node.outputs[0]!);
  const between = wiring.value(node.inputs[0]!);
  const value = before ? wiring.value(before.inputs[0]!) : between;
  const size = elementCount(value.shape);
  const report = { name: node.name, op: node.label, shape: result.shape };
  let input = wiring.of(value.name);
  if (terms.kind === 'table') {
    const { min } = dtypeRange(between.dtype as 'int8' | 'uint8');
    const table = before ? before.tables.map((entry) => entry - min) : Array.from({ length: 256 }, (_, i) => i);
    const rows = Array<number>(size).fill(0);
    const entries = Array.from(table, (place) => terms.table[place]!);
    const op = before ? before.label : 'Table';
    input = lookUp(wiring, input, value.dtype as 'int8' | 'uint8', entries, rows, { ...report, op });
  }
  const taps = node.sources.length / node.counts.length;
  const parts = classes.map(({ outputs, rounding }) => {
    const sources = outputs.map((output) => [...node.sources.subarray(output * taps, (output + 1) * taps)]);
    const rounded = { ...report, requantized: outputs.length };
    if (rounding.kind === 'form') {
      const linear = sumOf(size, sources, terms.kind === 'linear' ? terms.zeroPoint : 0);
      return { wires: addConv(wiring, [input], linear, [rounding.form], rounded), places: outputs };
    }
    const sum = { ...report, op: 'Sum' };
    const sums =
      terms.kind === 'table' && terms.drops
        ? addFloatSum(wiring, input, sources, terms.drops, Math.min(...terms.table) < 0, sum)
        : addConv(wiring, [input], sumOf(size, sources, 0), [undefined], sum);
    return { wires: wiring.steps(sums, rounding.steps, rounded), places: outputs };
  });
  wiring.set(result.name, wiring.scatter(parts, report));
}

/** Sums of x - zeroPoint; padding holds the zero point. */
function sumOf(inputSize: number, sources: readonly (readonly number[])[], zeroPoint: number): Linear {
  const taps = sources[0]!.length;
  return {
    gather: { channels: 1, inputSize, sources },
    outChannels: 1,
    group: 1,
    zeroPoint,
    weights: [Array<number>(taps).fill(1)],
    constants: [-zeroPoint * taps],
  };
}

function addFloatSum(
  wiring: Wiring,
  input: Wires,
  padded: readonly (readonly number[])[],
  drops: readonly number[],
  signed: boolean,
  report: PartialReport,
): Wires {
  const sources = padded.map((row) => row.filter((source) => source >= 0));
  const roundings = drops.slice(0, Math.max(0, sources[0]!.length - 2));
  const layer = {
    kind: 'floatsum',
    sources,
    drops: roundings,
    signed,
    inputs: [input],
    outputSize: sources.length,
  } as const;
  return wiring.push(layer, report, sources.length * floatSumCost(sources[0]!.length, roundings, signed));
}

/** Places of maxima. */
export function addArgMax(wiring: Wiring, node: ArgMaxNode): void {
  const value = wiring.value(node.inputs[0]!);
  const result = wiring.value(node.outputs[0]!);
  const outputs = elementCount(result.shape);
  const candidates = node.sources.length / outputs;
  const sources = Array.from({ length: outputs }, (_, i) => [
    ...node.sources.subarray(i * candidates, (i + 1) * candidates),
  ]);
  const bits = differenceBits(value.ranges![0]!);
  const report = { name: node.name, op: 'ArgMax', shape: result.shape };
  const layer = {
    kind: 'argmax',
    sources,
    last: node.last,
    bits,
    inputs: [wiring.of(value.name)],
    outputSize: outputs,
  } as const;
  wiring.set(result.name, wiring.push(layer, report, outputs * argMaxCost(candidates, bits)));
}
