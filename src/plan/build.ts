import type { LayerReport, StatementLayout, TensorSpec, Visibility, WeightsMode } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import type { Graph, GraphEdge, IntegerNode, Node } from '../ir/types.js';
import { elementCount } from '../ir/types.js';
import { statementCost } from './cost.js';
import { chainFrom } from './chains.js';
import { LayerBuilder } from './layers.js';
import { certificateOf, findForms } from './node-forms.js';
import type { CircuitPlan } from './types.js';

export interface PlanOptions {
  readonly input: Visibility;
  readonly output: Visibility;
}

/**
 * Chooses the circuit of a graph in the integer dialect: template instances, exact forms, order of pooling and requantization, statement.
 * Pure: the same graph and options give the same plan.
 * @throws ProblemsError MODEL_UNSUPPORTED where tensors cannot be put into a statement or a scale has no exact form
 */
export function buildPlan(graph: Graph, options: PlanOptions): CircuitPlan {
  const statement = statementLayout(graph, { ...options, weights: 'fixed' });
  const forms = findForms(graph);
  const builder = new LayerBuilder(graph, forms);
  const done = new Set<Node>();
  for (const node of graph.nodes as readonly IntegerNode[]) {
    if (done.has(node)) continue;
    const chain = chainFrom(graph, node);
    builder.add(chain);
    for (const member of chain.nodes) done.add(member);
  }
  const outputs = graph.outputs.map((edge) => builder.wiresOf(edge.value));
  // Wiring costs nothing and is not worth a line.
  const reports = mergeReports(builder.layers.filter(({ kind }) => kind !== 'move').map(({ report }) => report));
  const sizeOf = (edges: readonly GraphEdge[]): number =>
    edges.reduce((sum, { value }) => sum + elementCount(graph.values.get(value)!.shape), 0);
  const bound = statementReport(statement, statementCost(statement));
  return {
    name: graph.name,
    statement,
    layers: builder.layers,
    outputs,
    inputSize: sizeOf(graph.inputs),
    outputSize: sizeOf(graph.outputs),
    reports: [...reports, bound],
    certificate: certificateOf(forms),
    constraints: [...reports, bound].reduce((sum, { constraints }) => sum + constraints, 0),
  };
}

/** One report for all copies of a layer that a batch has. */
function mergeReports(reports: readonly LayerReport[]): LayerReport[] {
  const merged = new Map<string, LayerReport>();
  for (const report of reports) {
    const key = JSON.stringify([report.name, report.op, report.shape]);
    const known = merged.get(key);
    merged.set(key, known ? addReports(known, report) : report);
  }
  return [...merged.values()];
}

function addReports(a: LayerReport, b: LayerReport): LayerReport {
  return {
    ...a,
    macs: a.macs + b.macs,
    constraints: a.constraints + b.constraints,
    requantized: a.requantized + b.requantized,
  };
}

/** The row of a report for what is not a layer. */
export function statementReport(layout: StatementLayout, constraints: number): LayerReport {
  return {
    name: 'statement',
    op: `range check, input ${layout.input}, output ${layout.output}`,
    shape: [],
    macs: 0,
    constraints,
    requantized: 0,
  };
}

/**
 * Tensors and visibility of a graph's statement.
 * @throws MODEL_UNSUPPORTED for tensors that cannot be put into one
 */
export function statementLayout(
  graph: Graph,
  { input, output, weights }: PlanOptions & { readonly weights: WeightsMode },
): StatementLayout {
  const inputs = graph.inputs.map((edge) => tensorSpec(graph, edge));
  const outputs = graph.outputs.map((edge) => tensorSpec(graph, edge));
  for (const [part, specs] of [
    ['inputs', inputs],
    ['outputs', outputs],
  ] as const) {
    const other = specs.find(({ dtype }) => dtype !== specs[0]!.dtype);
    if (!other) continue;
    throw new ZkinferError('MODEL_UNSUPPORTED', `the graph's ${part} mix int8 and uint8`, {
      location: { tensor: other.name },
      hint: 'A statement packs all elements of a part alike: quantize them to one dtype.',
    });
  }
  return { input, output, weights, inputs, outputs };
}

function tensorSpec(graph: Graph, edge: GraphEdge): TensorSpec {
  const value = graph.values.get(edge.value)!;
  if (value.dtype !== 'int8' && value.dtype !== 'uint8') {
    throw new ZkinferError('MODEL_UNSUPPORTED', `graph tensor ${edge.name} has dtype ${value.dtype}`, {
      location: { tensor: edge.name },
      hint: 'Inputs and outputs of a proof are int8 or uint8: end the model with a QuantizeLinear (and DequantizeLinear).',
    });
  }
  const { scale, zeroPoint } = value.quantization ?? { scale: 1, zeroPoint: 0 };
  return { name: edge.name, dtype: value.dtype, shape: edge.shape, scale, zeroPoint, edge: edge.kind };
}
