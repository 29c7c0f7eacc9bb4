/** What a graph is compiled to, with fixed or committed weights. */
import type { Architecture } from '../artifacts/architecture.js';
import type { CertificateSummary, LayerReport, StatementLayout, WeightsMode } from '../artifacts/types.js';
import { emitCircuit } from '../circom/emit.js';
import { emitCommittedCircuit } from '../circom/emit-committed.js';
import type { Graph } from '../ir/types.js';
import type { PlanOptions } from '../plan/build.js';
import { buildPlan } from '../plan/build.js';
import { buildCommittedPlan } from '../plan/committed/build.js';
import { dumpPlan } from '../plan/dump.js';

export interface TargetOptions extends Partial<PlanOptions> {
  /** Default: fixed. */
  readonly weights?: WeightsMode;
}

export interface CircuitTarget {
  readonly statement: StatementLayout;
  readonly reports: readonly LayerReport[];
  readonly certificate: CertificateSummary;
  /** Predicted. */
  readonly constraints: number;
  /** Present where the weights are committed. */
  readonly architecture?: Architecture;
  /** Text of the circuit. */
  readonly emit: () => string;
  /** Text of the plan. */
  readonly dump: () => string;
}

/**
 * Plans the circuit of a graph in the integer dialect.
 * @throws what the plans throw: every problem of the model at once
 */
export function circuitTarget(graph: Graph, options: TargetOptions): CircuitTarget {
  const { input = 'public', output = 'public', weights = 'fixed' } = options;
  if (weights === 'fixed') {
    const plan = buildPlan(graph, { input, output });
    return { ...plan, emit: () => emitCircuit(plan), dump: () => dumpPlan(plan) };
  }
  const plan = buildCommittedPlan(graph, { input, output });
  return {
    ...plan,
    emit: () => emitCommittedCircuit(plan.architecture, plan.statement),
    dump: () => `${JSON.stringify(plan, null, 1)}\n`,
  };
}
