import type { CertificateSummary, LayerReport, StatementLayout } from '../artifacts/types.js';
import { lowerModel } from './lower-model.js';
import type { TargetOptions } from './target.js';
import { circuitTarget } from './target.js';

export interface InspectOptions extends TargetOptions {
  /** Inferences that one proof is about; default 1. */
  readonly batch?: number;
}

/** What a model will cost, found without running circom. */
export interface InspectReport {
  readonly name: string;
  readonly statement: StatementLayout;
  readonly layers: readonly LayerReport[];
  readonly certificate: CertificateSummary;
  readonly macs: number;
  /** Predicted constraints. */
  readonly constraints: number;
  /** Power of the ptau file needed. */
  readonly domainPower: number;
  /** Constraints that would have to go for the next smaller domain, at which proving takes about half the time. */
  readonly aboveSmallerDomain: number;
}

/** Public signals and the constant wire: each takes a row of the proving domain beside the constraints. */
const DOMAIN_EXTRA = 4;

/**
 * Predicts the circuit of a model.
 * @throws what import, passes and plan throw: every problem of the model at once
 */
export function inspectModel(model: Uint8Array, options: InspectOptions = {}): InspectReport {
  const graph = lowerModel(model, { batch: options.batch ?? 1 });
  const plan = circuitTarget(graph, options);
  const rows = plan.constraints + DOMAIN_EXTRA;
  const domainPower = Math.ceil(Math.log2(rows));
  return {
    name: graph.name,
    statement: plan.statement,
    layers: plan.reports,
    certificate: plan.certificate,
    macs: plan.reports.reduce((sum, { macs }) => sum + macs, 0),
    constraints: plan.constraints,
    domainPower,
    aboveSmallerDomain: rows - 2 ** (domainPower - 1),
  };
}
