/**
 * Moves of moves become one move: each node that moves or reshapes reads its elements from where they first come from. They are wiring, so it
 * costs nothing where the moves in between have other readers. Moves that change nothing vanish.
 */
import { composeSources, identitySources } from '../ir/moves.js';
import { elementCount } from '../ir/types.js';
import type { Graph, IntegerNode, MoveNode, Node, ReshapeNode, Value } from '../ir/types.js';

type Moving = MoveNode | ReshapeNode;

export function composeMoves(graph: Graph): Graph {
  const moving = new Map<string, Moving>();
  const renamed = new Map<string, string>();
  const nodes: Node[] = [];
  for (const original of graph.nodes) {
    const inputs = original.inputs.map((name) => renamed.get(name) ?? name);
    const node = { ...original, inputs } as Node;
    if (node.kind !== 'move' && node.kind !== 'reshape') {
      nodes.push(node);
      continue;
    }
    const composed = simplify(compose(node, moving, graph.values), graph.values);
    const output = node.outputs[0]!;
    if (changesNothing(composed, graph.values)) renamed.set(output, composed.inputs[0]!);
    else {
      moving.set(output, composed);
      nodes.push(composed);
    }
  }
  const outputs = graph.outputs.map((edge) => ({ ...edge, value: renamed.get(edge.value) ?? edge.value }));
  const values = new Map([...graph.values].filter(([name]) => !renamed.has(name)));
  return { ...graph, nodes, outputs, values };
}

/** One node for a moving node and those it reads. A filled element can only be taken over where the whole node has one fill. */
function compose(node: Moving, moving: ReadonlyMap<string, Moving>, values: ReadonlyMap<string, Value>): Moving {
  const size = (name: string): number => elementCount(values.get(name)!.shape);
  let { sources, fill } = asMove(node, size);
  const inputs: string[] = [];
  const places: number[] = [];
  let filled = sources.includes(-1);
  let offset = 0;
  for (const name of node.inputs) {
    const producer = moving.get(name);
    const inner = producer && asMove(producer, size);
    const used = sources.some((source) => source >= offset && source < offset + size(name));
    const fills = inner?.sources.includes(-1) ?? false;
    const fits = !fills || !filled || inner!.fill === fill;
    // Elements of `name` are numbered anew: as those of its own inputs, or as before.
    const start = inputs.reduce((sum, input) => sum + size(input), 0);
    const taken = producer && inner && used && fits;
    const numbers = taken ? inner.sources : identitySources(size(name));
    for (const number of numbers) places.push(number < 0 ? -1 : start + number);
    inputs.push(...(taken ? producer.inputs : [name]));
    if (taken && fills) [filled, fill] = [true, inner.fill];
    offset += size(name);
  }
  sources = composeSources(sources, Int32Array.from(places));
  if (node.kind === 'reshape' && inputs.length === 1 && isIdentity(sources, size(inputs[0]!)))
    return { ...node, inputs };
  const producer = moving.get(node.inputs[0]!);
  const label = node.kind === 'move' ? node.label : producer?.kind === 'move' ? producer.label : 'Reshape';
  const { name, outputs } = node;
  return { kind: 'move', name, inputs, outputs, sources, fill, label };
}

function asMove(node: Moving, size: (name: string) => number): { sources: Int32Array; fill: number } {
  return node.kind === 'move' ? node : { sources: identitySources(size(node.inputs[0]!)), fill: 0 };
}

/** Lists each input once, and only those that are read; a move in the order of its only input is a reshape. */
function simplify(node: Moving, values: ReadonlyMap<string, Value>): Moving {
  if (node.kind === 'reshape') return node;
  const sizes = node.inputs.map((name) => elementCount(values.get(name)!.shape));
  const total = sizes.reduce((a, b) => a + b, 0);
  /** For each element of the inputs as listed: which input it is in, and its place in that. */
  const inputOf = new Int32Array(total);
  const placeOf = new Int32Array(total);
  for (let k = 0, at = 0; k < sizes.length; k++) {
    for (let place = 0; place < sizes[k]!; place++, at++) [inputOf[at], placeOf[at]] = [k, place];
  }
  const used = new Set<string>();
  for (const source of node.sources) if (source >= 0) used.add(node.inputs[inputOf[source]!]!);
  const inputs = used.size === 0 ? node.inputs.slice(0, 1) : [...new Set(node.inputs)].filter((name) => used.has(name));
  const offsets = new Map<string, number>();
  let offset = 0;
  for (const name of inputs) {
    offsets.set(name, offset);
    offset += elementCount(values.get(name)!.shape);
  }
  const starts = node.inputs.map((name) => offsets.get(name) ?? 0);
  const sources = node.sources.map((source) => (source < 0 ? -1 : starts[inputOf[source]!]! + placeOf[source]!));
  if (inputs.length > 1 || !isIdentity(sources, offset)) return { ...node, inputs, sources };
  return { kind: 'reshape', name: node.name, inputs, outputs: node.outputs };
}

function isIdentity(sources: Int32Array, size: number): boolean {
  return sources.length === size && sources.every((source, i) => source === i);
}

function changesNothing(node: IntegerNode, values: ReadonlyMap<string, Value>): boolean {
  if (node.kind !== 'reshape') return false;
  const [x, y] = [values.get(node.inputs[0]!)!, values.get(node.outputs[0]!)!];
  return (
    x.shape.join() === y.shape.join() &&
    x.quantization?.scale === y.quantization?.scale &&
    x.quantization?.zeroPoint === y.quantization?.zeroPoint
  );
}
