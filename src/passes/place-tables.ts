/**
 * Tables stand before moves that repeat elements (Expand, Tile, Concat of equal parts): a table costs constraints for each element, a move none. What
 * a model computes between a move and QuantizeLinear is known as a table behind the move, so they come in the wrong order often.
 * The moves that result are composed, and tables that are the same now are shared.
 */
import { dtypeRange, elementCount } from '../ir/types.js';
import type { Graph, MoveNode, Node, TableNode, Value } from '../ir/types.js';
import { composeMoves } from './compose-moves.js';
import { shareSubgraphs } from './share-subgraphs.js';

export function placeTables(graph: Graph): Graph {
  const moves = new Map<string, MoveNode>();
  const values = new Map(graph.values);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    if (node.kind === 'move') moves.set(node.outputs[0]!, node);
    const move = node.kind === 'table' ? moves.get(node.inputs[0]!) : undefined;
    const swapped = node.kind === 'table' && move ? swap(node, move, values) : undefined;
    nodes.push(...(swapped ?? [node]));
  }
  return shareSubgraphs(composeMoves({ ...graph, nodes, values }));
}

/** Table after move as move, table, move: the first takes each element once, the last repeats. Undefined where nothing is gained. */
function swap(table: TableNode, move: MoveNode, values: Map<string, Value>): Node[] | undefined {
  const x = values.get(table.inputs[0]!)!;
  const y = values.get(table.outputs[0]!)!;
  const { min } = dtypeRange(x.dtype as 'int8' | 'uint8');
  const rowAt = (i: number): number => table.rows?.[i] ?? 0;
  const fills = new Set<number>();
  const places = new Map<string, number>();
  const picked: { source: number; row: number }[] = [];
  const sources = move.sources.map((source, i) => {
    const row = rowAt(i);
    if (source < 0) {
      fills.add(table.tables[256 * row + move.fill - min]!);
      return -1;
    }
    const key = `${source} ${row}`;
    if (!places.has(key)) {
      places.set(key, picked.length);
      picked.push({ source, row });
    }
    return places.get(key)!;
  });
  if (picked.length === 0 || picked.length === elementCount(x.shape) || fills.size > 1) return undefined;
  const rows = table.rows && { rows: Int32Array.from(picked, ({ row }) => row) };
  const mapped = freeName(`${y.name}.once`, values);
  const repeat: MoveNode = { ...move, inputs: [mapped], outputs: [y.name], sources, fill: [...fills][0] ?? 0 };
  const whole = values.get(move.inputs[0]!)!;
  const taken = Int32Array.from(picked, ({ source }) => source);
  if (
    move.inputs.length === 1 &&
    taken.length === elementCount(whole.shape) &&
    taken.every((source, i) => source === i)
  ) {
    values.set(mapped, { ...y, name: mapped, shape: whole.shape });
    return [{ ...table, inputs: [whole.name], outputs: [mapped], ...rows }, repeat];
  }
  const once = freeName(`${x.name}.once`, values);
  values.set(once, { ...x, name: once, shape: [taken.length] });
  values.set(mapped, { ...y, name: mapped, shape: [taken.length] });
  return [
    { ...move, outputs: [once], sources: taken },
    { ...table, inputs: [once], outputs: [mapped], ...rows },
    repeat,
  ];
}

function freeName(base: string, values: ReadonlyMap<string, Value>): string {
  let name = base;
  for (let i = 2; values.has(name); i++) name = `${base}.${i}`;
  return name;
}
