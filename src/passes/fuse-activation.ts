/**
 * Moves element-wise functions to where they cost least: a table that only clamps (Relu or Clip on a quantized tensor)
 * becomes part of the requantization before it, also across MaxPool and moves, and a table after a table is composed into one.
 */
import { dtypeRange } from '../ir/types.js';
import type { BinaryNode, Graph, IntRange, Node, RequantizeNode, TableNode, Value } from '../ir/types.js';

export function fuseActivation(graph: Graph): Graph {
  let nodes: readonly Node[] = graph.nodes;
  const readers = countReaders(graph);
  for (const node of graph.nodes) {
    if (node.kind !== 'table') continue;
    nodes = fuseTable(node.outputs[0]!, nodes, graph.values, readers);
  }
  const kept = new Set([...graph.inputs.map((edge) => edge.value), ...nodes.flatMap((node) => node.outputs)]);
  return { ...graph, nodes, values: new Map([...graph.values].filter(([name]) => kept.has(name))) };
}

/** Number of nodes and graph outputs that read each value. */
function countReaders(graph: Graph): Map<string, number> {
  const readers = new Map<string, number>();
  const reads = [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs.map((edge) => edge.value)];
  for (const name of reads) readers.set(name, (readers.get(name) ?? 0) + 1);
  return readers;
}

function fuseTable(
  output: string,
  nodes: readonly Node[],
  values: ReadonlyMap<string, Value>,
  readers: ReadonlyMap<string, number>,
): readonly Node[] {
  const producers = new Map(nodes.map((node) => [node.outputs[0]!, node]));
  const table = producers.get(output) as TableNode;
  const input = table.inputs[0]!;
  const before = producers.get(input);
  if (before?.kind === 'table' && readers.get(input) === 1) {
    return replace(nodes, before, undefined, table, compose(before, table, values.get(input)!));
  }
  const clamp = clampOf(table, values);
  const source = clamp && roundingBehind(input, producers, readers);
  if (!clamp || !source) return nodes;
  const bound = (n: number): number => Math.min(Math.max(n, clamp.min), clamp.max);
  const fused: RequantizeNode | BinaryNode =
    source.kind === 'binary'
      ? { ...source, table: source.table.map(bound), label: `${source.label} + ${table.label}` }
      : { ...source, clamp: { min: bound(source.clamp.min), max: bound(source.clamp.max) } };
  return rename(replace(nodes, table, undefined, source, fused), input, output);
}

/** One table for two, the second reading the first one's output `between`; a table for each pair of rows that occurs. */
function compose(first: TableNode, second: TableNode, between: Value): TableNode {
  const { min } = dtypeRange(between.dtype as 'int8' | 'uint8');
  const pairs = new Map<string, number>();
  const tables: number[] = [];
  const rowOf = (a: number, b: number): number => {
    const key = `${a} ${b}`;
    const known = pairs.get(key);
    if (known !== undefined) return known;
    for (const entry of first.tables.subarray(256 * a, 256 * (a + 1)))
      tables.push(second.tables[256 * b + entry - min]!);
    pairs.set(key, pairs.size);
    return pairs.size - 1;
  };
  const some = first.rows ?? second.rows;
  const rows = some?.map((_, i) => rowOf(first.rows?.[i] ?? 0, second.rows?.[i] ?? 0));
  if (!rows) rowOf(0, 0);
  const label = `${first.label} + ${second.label}`;
  const { kind, name, outputs } = second;
  const node = { kind, name, inputs: first.inputs, outputs, tables: Int32Array.from(tables), label };
  return rows ? { ...node, rows } : node;
}

/** The bounds, where a table is min(max(q, min), max) and keeps dtype and quantization. */
function clampOf(node: TableNode, values: ReadonlyMap<string, Value>): IntRange | undefined {
  const x = values.get(node.inputs[0]!)!;
  const y = values.get(node.outputs[0]!)!;
  const same =
    x.dtype === y.dtype &&
    x.quantization?.scale === y.quantization?.scale &&
    x.quantization?.zeroPoint === y.quantization?.zeroPoint;
  if (!same) return undefined;
  const offset = dtypeRange(x.dtype as 'int8' | 'uint8').min;
  if (node.rows) return undefined;
  const bounds = { min: node.tables[0]!, max: node.tables[255]! };
  const clamps = node.tables.every((entry, i) => entry === Math.min(Math.max(i + offset, bounds.min), bounds.max));
  return clamps ? bounds : undefined;
}

/** The node that rounds what a value comes from through MaxPool and moves, each read once. */
function roundingBehind(
  value: string,
  producers: ReadonlyMap<string, Node>,
  readers: ReadonlyMap<string, number>,
): RequantizeNode | BinaryNode | undefined {
  const node = producers.get(value);
  if (!node || readers.get(value) !== 1) return undefined;
  if (node.kind === 'requantize' || node.kind === 'binary') return node;
  const moves = node.kind === 'move' && node.inputs.length === 1 && !node.sources.includes(-1);
  const passes = node.kind === 'maxpool' || node.kind === 'reshape' || moves;
  return passes ? roundingBehind(node.inputs[0]!, producers, readers) : undefined;
}

/** Replaces two nodes; undefined removes. */
function replace(nodes: readonly Node[], a: Node, newA: Node | undefined, b: Node, newB: Node): readonly Node[] {
  return nodes.flatMap((node) => {
    if (node === a) return newA ? [newA] : [];
    return node === b ? [newB] : [node];
  });
}

/** Lets the node that writes `from` write `to` instead. */
function rename(nodes: readonly Node[], from: string, to: string): readonly Node[] {
  return nodes.map((node) => (node.outputs[0] === from ? { ...node, outputs: [to] } : node));
}
