import type { Architecture, ProductStep, Step } from '../../artifacts/architecture.js';
import type { CertificateSummary, LayerReport, StatementLayout, TensorSpec } from '../../artifacts/types.js';
import { ProblemsError, ZkinferError } from '../../errors.js';
import type { Graph, Shape } from '../../ir/types.js';
import { elementCount } from '../../ir/types.js';
import { windowGather } from '../gather.js';
import type { PlanOptions } from '../build.js';
import { statementLayout, statementReport } from '../build.js';
import { exceptionCount, summarize } from '../certificate.js';
import { statementCost } from '../cost.js';
import { checkMultipliers, dyadicMultiplier, multiplierClass } from '../requantization.js';
import { isProductSource, outlineOf, withWidths } from './architecture.js';
import { challengeCost, poolStepCost, productCosts, weightsCost } from './cost.js';
import { productGeometry } from './geometry.js';
import type { LayerForms } from './widths.js';
import { neededWidths, spareWidths } from './widths.js';

/** Everything that the circuit of an architecture is. */
export interface CommittedPlan {
  readonly statement: StatementLayout;
  readonly architecture: Architecture;
  readonly reports: readonly LayerReport[];
  /** Of the model whose widths were taken. */
  readonly certificate: CertificateSummary;
  readonly constraints: number;
}

/**
 * The circuit of a graph's architecture: its shapes, and widths that hold this model with some room for others.
 * @throws ProblemsError MODEL_UNSUPPORTED with every node, scale or tensor that this mode cannot have
 */
export function buildCommittedPlan(graph: Graph, options: PlanOptions): CommittedPlan {
  const statement = withoutScales(statementLayout(graph, { ...options, weights: 'committed' }));
  const outline = outlineOf(graph);
  const forms = new Map<number, LayerForms>();
  const problems: ZkinferError[] = [];
  outline.steps.forEach((step, i) => {
    if (!isProductSource(step)) return;
    try {
      checkMultipliers(step.requantize);
      forms.set(i, neededWidths(step, outline.names[i]!));
    } catch (error) {
      if (!(error instanceof ZkinferError)) throw error;
      problems.push(error);
    }
  });
  if (problems.length > 0)
    throw new ProblemsError('some requantizations cannot be proven with committed weights', problems);
  const architecture = withWidths(outline, (source, i) => spareWidths(source, forms.get(i)!));
  const reports = [
    ...architecture.steps.flatMap((step, i) => stepReports(step, outline.names[i]!)),
    row('weights', 'range check, commitment', weightsCost(architecture)),
    row('challenge', 'hash of accumulators', challengeCost(architecture.steps)),
    statementReport(statement, statementCost(statement)),
  ];
  const channels = outline.steps.flatMap((step, i) =>
    isProductSource(step)
      ? step.channels.map(({ multiplier }, c) => ({
          class: multiplierClass(dyadicMultiplier(multiplier)),
          exceptions: exceptionCount(forms.get(i)!.forms[c]!.form),
          checked: forms.get(i)!.forms[c]!.thresholdsChecked,
        }))
      : [],
  );
  return {
    statement,
    architecture,
    reports,
    certificate: summarize(channels),
    constraints: reports.reduce((sum, { constraints }) => sum + constraints, 0),
  };
}

/** Scales and zero points belong to a model, not to its architecture: the statement speaks of integers. */
function withoutScales(layout: StatementLayout): StatementLayout {
  const integers = (spec: TensorSpec): TensorSpec => ({ ...spec, scale: 1, zeroPoint: 0, edge: 'integer' });
  return { ...layout, inputs: layout.inputs.map(integers), outputs: layout.outputs.map(integers) };
}

function row(
  name: string,
  op: string,
  constraints: number,
  shape: Shape = [],
  more: Partial<LayerReport> = {},
): LayerReport {
  return { name, op, shape, macs: 0, constraints, requantized: 0, ...more };
}

function stepReports(step: Step, name: string): LayerReport[] {
  if (step.kind === 'move') return [];
  if (step.kind === 'maxpool') {
    const { sources } = windowGather([1, ...step.shape], step.window);
    return [row(name, 'MaxPool', poolStepCost(step), [step.shape[0]!, sources.length])];
  }
  return productReports(step, name);
}

function productReports(step: ProductStep, name: string): LayerReport[] {
  const { isDirect, gather, weights, outputSize } = productGeometry(step);
  const costs = productCosts(step);
  const accumulators = [step.outChannels, gather.sources.length];
  const output = [step.outChannels, outputSize];
  const macs = elementCount(accumulators) * weights;
  const op = `${step.op}, ${isDirect ? 'products' : 'checked at the challenge'}`;
  return [
    row(name, op, costs.product, accumulators, { macs }),
    ...(step.pool ? [row(name, 'MaxPool', costs.pool, output)] : []),
    row(name, 'Requantize', costs.requantized, output, { requantized: elementCount(output) }),
  ];
}
