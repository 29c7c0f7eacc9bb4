/**
 * Evaluation of nodes whose inputs are all known when the model is read: constants, what exporters compute from shapes, and weights that the model
 * itself moves. Such nodes disappear from the graph.
 */
import { isMovement, moveTensors, movementSources } from '../../ir/movement.js';
import type { Tensor } from '../../ir/types.js';
import type { OpContext, OpImport } from '../context.js';
import type { ModelNode } from '../model.js';
import { elementwiseFolds } from './elementwise.js';
import { shapeFolds, shapeOnlyFolds } from './shape.js';
import type { Fold, FoldTable } from './types.js';

const FOLDS: FoldTable = { ...elementwiseFolds, ...shapeFolds };

/** The operators that are evaluated on constants, those that move elements not among them. */
export const folds: FoldTable = { ...FOLDS, ...shapeOnlyFolds };

/** How a node is evaluated now, or undefined where it depends on data or has no such evaluation. */
export function findFold(node: ModelNode, known: boolean): Fold | undefined {
  if (node.domain !== '') return undefined;
  if (Object.hasOwn(shapeOnlyFolds, node.op)) return shapeOnlyFolds[node.op];
  return known && Object.hasOwn(FOLDS, node.op) ? FOLDS[node.op] : undefined;
}

/** Evaluates an operator that only moves elements on constants; undefined for any other. One tensor per output. */
export function foldMovement(context: OpContext, rule: OpImport): Tensor[] | undefined {
  const { node } = context;
  if (node.domain !== '' || !isMovement(node.op)) return undefined;
  const { outputs, attributes = {} } = rule.infer(context);
  const moved = node.op === 'Concat' ? node.inputs.map((_, i) => i) : [0];
  const tensors = moved.map((i) => context.constant(i)!);
  return outputs.map(({ shape }, index) => {
    const inputs = tensors.map((tensor) => tensor.shape);
    const sources = movementSources(node.op, { attributes, inputs, output: shape, index });
    return moveTensors(tensors, sources, shape, Number(attributes['value'] ?? 0));
  });
}
