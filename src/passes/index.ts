/** The pipeline from the imported to the integer dialect: named passes in a fixed order, the verifier after each. */
import { ZkinferError } from '../errors.js';
import type { Graph } from '../ir/types.js';
import { verifyGraph } from '../ir/verify.js';
import { composeMoves } from './compose-moves.js';
import { foldConstants } from './fold-constants.js';
import { fuseActivation } from './fuse-activation.js';
import { fuseQdq, loweringProblems } from './fuse-qdq.js';
import { inferRanges } from './infer-ranges.js';
import { placeTables } from './place-tables.js';
import { removeDeadCode } from './remove-dead-code.js';
import { repeatGraph } from './repeat.js';
import { shareSubgraphs } from './share-subgraphs.js';

type Pass = (graph: Graph, options: PassOptions) => Graph;

const PIPELINE: readonly (readonly [name: string, pass: Pass])[] = [
  ['fold-constants', foldConstants],
  ['fuse-qdq', fuseQdq],
  ['fuse-activation', fuseActivation],
  ['share-subgraphs', shareSubgraphs],
  ['compose-moves', composeMoves],
  ['place-tables', placeTables],
  ['remove-dead-code', removeDeadCode],
  ['infer-ranges', inferRanges],
  ['repeat', (graph, { batch = 1 }) => repeatGraph(graph, batch)],
];

/** More inferences than any circuit holds. */
const MAX_BATCH = 65536;

/** Names of the passes, in order. */
export const PASS_NAMES: readonly string[] = PIPELINE.map(([name]) => name);

export interface PassOptions {
  /** Name of the last pass to run. */
  readonly stopAfter?: string;
  /** Inferences in one graph; default 1. */
  readonly batch?: number;
}

/**
 * Runs the passes on an imported graph. After the last one the graph is in the integer dialect with ranges on every value.
 * @throws ProblemsError (MODEL_UNSUPPORTED, MODEL_NOT_QUANTIZED, RANGE_OVERFLOW); USAGE for an unknown pass name or a wrong batch
 */
export function runPasses(graph: Graph, options: PassOptions = {}): Graph {
  const { stopAfter, batch = 1 } = options;
  if (stopAfter !== undefined && !PASS_NAMES.includes(stopAfter)) {
    throw new ZkinferError('USAGE', `there is no pass ${stopAfter}`, { hint: `passes: ${PASS_NAMES.join(', ')}` });
  }
  if (!Number.isSafeInteger(batch) || batch < 1 || batch > MAX_BATCH) {
    throw new ZkinferError('USAGE', `a batch holds 1 to ${MAX_BATCH} inferences, not ${batch}`);
  }
  let current = graph;
  let hasRanges = false;
  for (const [name, pass] of PIPELINE) {
    current = pass(current, options);
    hasRanges ||= name === 'infer-ranges';
    verifyGraph(current, { ranges: hasRanges });
    if (name === stopAfter) break;
  }
  return current;
}

/** What fuse-qdq would report of a graph that import could read only in part. */
export function furtherProblems(graph: Graph): readonly ZkinferError[] {
  return loweringProblems(foldConstants(graph));
}
