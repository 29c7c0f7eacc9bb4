/** compose-moves and share-subgraphs on graphs of the integer dialect, and on models as they come. */
import type { Graph, IntegerNode, MoveNode, TableNode, Value } from '../../src/ir/types.js';
import { verifyGraph } from '../../src/ir/verify.js';
import { composeMoves } from '../../src/passes/compose-moves.js';
import { placeTables } from '../../src/passes/place-tables.js';
import { removeDeadCode } from '../../src/passes/remove-dead-code.js';
import { shareSubgraphs } from '../../src/passes/share-subgraphs.js';
import { evaluateGraph } from '../../src/reference/evaluate.js';
import { ModelBuilder } from '../support/model-builder.js';
import type { QuantizationParameters } from '../support/model-builder.js';
import { Random } from '../support/random.js';
import { lower, runGraph } from '../support/run-model.js';

const QUANTIZATION = { scale: 1, zeroPoint: 0 };

/** Inputs and outputs are given by size; every value is a row of int8. */
function graphOf(
  inputs: Record<string, number>,
  nodes: readonly IntegerNode[],
  sizes: Record<string, number>,
  outputs: readonly string[],
): Graph {
  const all = { ...inputs, ...sizes };
  const values = new Map(
    Object.entries(all).map(([name, size]): [string, Value] => [
      name,
      { name, dtype: 'int8', shape: [size], quantization: QUANTIZATION },
    ]),
  );
  const edge = (name: string) => ({ name, value: name, kind: 'integer' as const, shape: [all[name]!] });
  return {
    name: 'test',
    inputs: Object.keys(inputs).map(edge),
    outputs: outputs.map(edge),
    nodes,
    values,
    constants: new Map(),
  };
}

function move(inputs: readonly string[], output: string, sources: readonly number[], fill = 0): MoveNode {
  return {
    kind: 'move',
    name: output,
    inputs,
    outputs: [output],
    sources: Int32Array.from(sources),
    fill,
    label: 'Move',
  };
}

/** Runs passes and checks that every graph output stays what it was. */
function unchanged(graph: Graph, ...passes: readonly ((graph: Graph) => Graph)[]): Graph {
  verifyGraph(graph, { ranges: false });
  const result = passes.reduce((current, pass) => pass(current), graph);
  verifyGraph(result, { ranges: false });
  const random = new Random(5);
  const inputs = new Map(
    graph.inputs.map((edge) => [edge.value, Int32Array.from(random.integers(edge.shape[0]!, -128, 127))]),
  );
  const [before, after] = [evaluateGraph(graph, inputs), evaluateGraph(result, inputs)];
  for (const [i, edge] of graph.outputs.entries()) {
    expect([...after.get(result.outputs[i]!.value)!]).toEqual([...before.get(edge.value)!]);
  }
  return result;
}

describe('compose-moves', () => {
  it('makes one move of many, with several inputs and several readers', () => {
    const nodes = [
      move(['x'], 'a', [2, 1, 0]),
      move(['a', 'z'], 'b', [0, 3, 1, 4]),
      move(['b', 'a'], 'c', [3, 4, 0, 1]),
    ];
    const graph = graphOf({ x: 3, z: 2 }, nodes, { a: 3, b: 4, c: 4 }, ['b', 'c']);
    const composed = unchanged(graph, composeMoves, removeDeadCode);
    expect(composed.nodes.map((node) => node.inputs)).toEqual([['x', 'z'], ['z', 'x'].sort()]);
  });

  it('takes over one fill, and keeps a second one apart', () => {
    const nodes = [
      move(['x'], 'a', [-1, 0], 7),
      move(['x'], 'b', [-1, 1], 9),
      move(['a', 'b'], 'c', [0, 1, 2, 3]),
      move(['a', 'x'], 'd', [1, -1, 3, 0], 7),
    ];
    const graph = graphOf({ x: 2 }, nodes, { a: 2, b: 2, c: 4, d: 4 }, ['c', 'd']);
    const composed = unchanged(graph, composeMoves, removeDeadCode);
    expect(composed.nodes.map((node) => [node.outputs[0], node.inputs])).toEqual([
      ['b', ['x']],
      ['c', ['x', 'b']],
      ['d', ['x']],
    ]);
  });

  it('removes moves that undo each other', () => {
    const nodes = [move(['x'], 'a', [2, 0, 1]), move(['a'], 'b', [1, 2, 0])];
    const composed = unchanged(graphOf({ x: 3 }, nodes, { a: 3, b: 3 }, ['b']), composeMoves, removeDeadCode);
    expect(composed.nodes).toEqual([]);
    expect(composed.outputs[0]!.value).toBe('x');
  });

  it('keeps inputs that are read nowhere out, and one where nothing is read', () => {
    const nodes = [move(['x', 'z'], 'a', [3, 2]), move(['x', 'z'], 'b', [-1, -1], 4)];
    const composed = unchanged(graphOf({ x: 2, z: 2 }, nodes, { a: 2, b: 2 }, ['a', 'b']), composeMoves);
    expect(composed.nodes.map((node) => node.inputs)).toEqual([['z'], ['x']]);
  });

  it('agrees with the moves one by one on random graphs', () => {
    const random = new Random(9);
    for (let round = 0; round < 50; round++) {
      const sizes: Record<string, number> = { x: 3, z: 2 };
      const nodes = Array.from({ length: 6 }, (_, i) => {
        const names = Object.keys(sizes);
        const inputs = Array.from({ length: random.integer(1, 3) }, () => random.pick(names));
        const total = inputs.reduce((sum, name) => sum + sizes[name]!, 0);
        const size = random.integer(1, 5);
        sizes[`v${i}`] = size;
        return move(inputs, `v${i}`, random.integers(size, random.integer(-1, 0), total - 1), random.integer(1, 3));
      });
      const { x, z, ...rest } = sizes;
      unchanged(
        graphOf({ x: x!, z: z! }, nodes, rest, Object.keys(rest)),
        composeMoves,
        shareSubgraphs,
        removeDeadCode,
      );
    }
  });
});

describe('place-tables', () => {
  const table = (input: string, output: string, count: number, rows?: readonly number[]): TableNode => ({
    kind: 'table',
    name: output,
    inputs: [input],
    outputs: [output],
    tables: Int32Array.from({ length: 256 * count }, (_, i) => ((i * 37 + (i >> 8) * 5) % 256) - 128),
    label: 'Any',
    ...(rows ? { rows: Int32Array.from(rows) } : {}),
  });
  const kinds = (graph: Graph): unknown[] =>
    graph.nodes.map((node) => [node.kind, graph.values.get(node.outputs[0]!)!.shape[0]]);

  it('applies a table before elements are repeated, filled ones included', () => {
    const nodes = [move(['x'], 'a', [0, 1, 0, 1, -1, 0], 9), table('a', 'b', 1)];
    const placed = unchanged(graphOf({ x: 3 }, nodes, { a: 6, b: 6 }, ['b']), placeTables, removeDeadCode);
    expect(kinds(placed)).toEqual([
      ['move', 2],
      ['table', 2],
      ['move', 6],
    ]);
  });

  it('keeps apart what has tables of its own', () => {
    const nodes = [move(['x'], 'a', [0, 1, 0, 1, 0]), table('a', 'b', 2, [0, 0, 1, 0, 1])];
    const placed = unchanged(graphOf({ x: 2 }, nodes, { a: 5, b: 5 }, ['b', 'a']), placeTables, removeDeadCode);
    expect(kinds(placed)).toEqual([
      ['move', 5],
      ['move', 3],
      ['table', 3],
      ['move', 5],
    ]);
  });

  it('leaves a table alone where no element is repeated, or filled ones would differ', () => {
    const once = [move(['x'], 'a', [1, 0]), table('a', 'b', 1)];
    const filled = [move(['x'], 'a', [-1, -1, 0, 0]), table('a', 'b', 2, [0, 1, 0, 0])];
    expect(kinds(unchanged(graphOf({ x: 3 }, once, { a: 2, b: 2 }, ['b']), placeTables))).toHaveLength(2);
    expect(kinds(unchanged(graphOf({ x: 3 }, filled, { a: 4, b: 4 }, ['b']), placeTables))).toHaveLength(2);
  });
});

describe('share-subgraphs', () => {
  const U8: QuantizationParameters = { scale: 0.5, zeroPoint: 10, dtype: 'uint8' };
  const I8: QuantizationParameters = { scale: 0.25, zeroPoint: 0, dtype: 'int8' };

  /** Two towers on one input, each a Gemm, a requantization and a Sigmoid, joined at the end. */
  function towers(weights: readonly number[], zeroPoint = 10): Graph {
    const b = new ModelBuilder();
    b.input('x', 'float32', [1, 2]);
    const q = b.dequantize(b.quantize('x', U8), U8);
    const tower = (data: readonly number[], to: QuantizationParameters): string => {
      const hidden = b.quantize(b.node('MatMul', [q, b.weights([2, 2], data, I8)]), to);
      return b.node('Sigmoid', [b.dequantize(hidden, to)]);
    };
    const joined = b.node('Concat', [tower([1, 2, 3, 4], U8), tower(weights, { ...U8, zeroPoint })], { axis: 1 });
    b.quantize(joined, { scale: 1 / 256, zeroPoint: 0, dtype: 'uint8' }, 'y');
    b.output('y', 'uint8', [1, 4]);
    return lower(b.encode());
  }

  it('computes equal towers once', () => {
    const graph = towers([1, 2, 3, 4]);
    expect(graph.nodes.map((node) => node.kind)).toEqual(['matmul', 'requantize', 'table', 'move']);
    const { y } = runGraph(graph, { x: [3, 1] });
    expect(y!.slice(0, 2)).toEqual(y!.slice(2));
  });

  it('keeps towers apart that differ in one weight or in what follows', () => {
    expect(towers([1, 2, 3, 5]).nodes.map((node) => node.kind)).toHaveLength(6);
    const graph = towers([1, 2, 3, 4], 11);
    expect(graph.nodes.filter((node) => node.kind === 'matmul')).toHaveLength(1);
    expect(graph.nodes.filter((node) => node.kind === 'requantize')).toHaveLength(2);
  });

  it('leaves the graph it is given alone', () => {
    const nodes = [move(['x'], 'a', [1, 0]), move(['x'], 'b', [1, 0]), move(['b', 'a'], 'c', [0, 3])];
    const graph = graphOf({ x: 2 }, nodes, { a: 2, b: 2, c: 2 }, ['c', 'b']);
    const shared = unchanged(graph, shareSubgraphs);
    expect(graph.nodes).toEqual(nodes);
    expect(shared.nodes.map((node) => node.inputs)).toEqual([['x'], ['a', 'a']]);
    expect(shared.outputs.map((edge) => edge.value)).toEqual(['c', 'a']);
  });
});
