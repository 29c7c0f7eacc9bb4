/** Layers of functions of single elements, of pairs, and of groups of elements. */
import type { ArgMaxNode, AverageNode, BinaryNode, MoveNode, TableNode } from '../ir/types.js';
import { dtypeRange, elementCount } from '../ir/types.js';
import type { AverageForms } from './average-form.js';
import type { BinaryForm } from './binary-form.js';
import { argMaxCost, TABLE_COST } from './cost.js';
import { pointGather } from './gather.js';
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
  wiring.set(node.outputs[0]!, scatter(wiring, parts, report));
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

/** One array of what several layers give, each for some of the places. */
function scatter(
  wiring: Wiring,
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
  return wiring.move(inputs, sources, { name: report.name, op: 'Gather', shape: report.shape });
}

/** A function of two elements: one linear combination of both, or their product, requantized. */
export function addBinary(wiring: Wiring, node: BinaryNode, found: BinaryForm): void {
  const result = wiring.value(node.outputs[0]!);
  const size = elementCount(result.shape);
  const inputs = node.inputs.map((name) => wiring.of(name));
  const report = { name: node.name, op: node.label, shape: result.shape, requantized: size };
  const one = { outChannels: 1, group: 1, zeroPoint: 0, constants: [0] };
  if (found.kind === 'linear') {
    const linear = { ...one, gather: pointGather(2, size), weights: [[...found.weights]] };
    wiring.set(result.name, addConv(wiring, inputs, linear, [found.form], report));
    return;
  }
  const { zeroPoints } = found;
  const products = wiring.push(
    { kind: 'product', zeroPoints, inputs, outputSize: size },
    { ...report, op: 'Product', requantized: 0 },
    size,
  );
  const linear = { ...one, gather: pointGather(1, size), weights: [[1]] };
  wiring.set(result.name, addConv(wiring, [products], linear, [found.form], report));
}

/** A quantized mean: sums of the elements, or of what a table gives for them, requantized; one layer for each number of elements. */
export function addAverage(wiring: Wiring, node: AverageNode, { terms, classes }: AverageForms): void {
  const value = wiring.value(node.inputs[0]!);
  const result = wiring.value(node.outputs[0]!);
  const size = elementCount(value.shape);
  const report = { name: node.name, op: node.label, shape: result.shape };
  let input = wiring.of(value.name);
  if (terms.kind === 'table') {
    const rows = Array<number>(size).fill(0);
    input = lookUp(wiring, input, value.dtype as 'int8' | 'uint8', terms.table, rows, { ...report, op: 'Table' });
  }
  const zeroPoint = terms.kind === 'linear' ? terms.zeroPoint : 0;
  const taps = node.sources.length / node.counts.length;
  const parts = classes.map(({ outputs, form }) => {
    const sources = outputs.map((output) => [...node.sources.subarray(output * taps, (output + 1) * taps)]);
    const linear = {
      gather: { channels: 1, inputSize: size, sources },
      outChannels: 1,
      group: 1,
      zeroPoint,
      weights: [Array<number>(taps).fill(1)],
      constants: [-zeroPoint * taps],
    };
    const wires = addConv(wiring, [input], linear, [form], { ...report, requantized: outputs.length });
    return { wires, places: outputs };
  });
  wiring.set(result.name, scatter(wiring, parts, report));
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
