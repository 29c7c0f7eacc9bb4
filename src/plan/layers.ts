import type { Graph, IntegerNode, TableNode } from '../ir/types.js';
import type { Chain } from './chains.js';
import { onlyReader } from './chains.js';
import { addArgMax, addAverage, addBinary, addMove, addTable } from './element-layers.js';
import { addLinear, addMaxPool } from './linear-layers.js';
import { addLogSoftmax } from './log-softmax.js';
import type { NodeForms } from './node-forms.js';
import { addSoftmax } from './softmax.js';
import type { Layer, Wires } from './types.js';
import { Wiring } from './wiring.js';

/** Turns the nodes of a graph into a list of layers, wiring flat signal arrays. */
export class LayerBuilder {
  private readonly wiring: Wiring;
  /** Tables that the mean behind them takes over, by the value they write. */
  private readonly readThrough = new Map<string, TableNode>();

  constructor(
    graph: Graph,
    private readonly forms: NodeForms,
  ) {
    this.wiring = new Wiring(graph);
    for (const edge of graph.inputs) this.wiring.addInput(edge.value);
  }

  get layers(): readonly Layer[] {
    return this.wiring.layers;
  }

  /** The flat array that holds a value. */
  wiresOf(value: string): Wires {
    return this.wiring.of(value);
  }

  add(chain: Chain): void {
    const { requantize } = chain;
    if (chain.linear || requantize) {
      addLinear(this.wiring, chain, requantize ? this.forms.requantize.get(requantize)! : []);
    } else this.addSingle(chain.nodes[0]!);
  }

  /** Whether a table is read by nothing but a mean that looks its elements up as well: then one table does both. */
  private isReadThrough(node: TableNode): boolean {
    const reader = node.rows ? undefined : onlyReader(this.wiring.graph, node);
    return reader?.kind === 'average' && this.forms.average.get(reader)!.terms.kind === 'table';
  }

  private addSingle(node: IntegerNode): void {
    const { wiring, forms } = this;
    switch (node.kind) {
      case 'table':
        if (this.isReadThrough(node)) return void this.readThrough.set(node.outputs[0]!, node);
        return addTable(wiring, node, forms.table.get(node));
      case 'binary':
        return addBinary(wiring, node, forms.binary.get(node)!);
      case 'average':
        return addAverage(wiring, node, forms.average.get(node)!, this.readThrough.get(node.inputs[0]!));
      case 'argmax':
        return addArgMax(wiring, node);
      case 'softmax':
        return addSoftmax(wiring, node);
      case 'logsoftmax':
        return addLogSoftmax(wiring, node);
      case 'maxpool':
        return addMaxPool(wiring, node);
      case 'move':
        return addMove(wiring, node);
      case 'reshape':
        return wiring.set(node.outputs[0]!, wiring.of(node.inputs[0]!));
      case 'conv':
      case 'matmul':
      case 'requantize':
        return addLinear(wiring, { nodes: [node] }, []);
    }
  }
}
