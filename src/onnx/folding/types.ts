/** How an operator is evaluated on constants. */
import { expandSources } from '../../ir/moves.js';
import type { Shape, Tensor } from '../../ir/types.js';
import type { OpContext } from '../context.js';

/** Evaluation of an operator whose inputs are all known. */
export interface Fold {
  /** Names of the attributes it understands. */
  readonly attributes: readonly string[];
  /** Least and greatest number of inputs. */
  readonly inputs: readonly [number, number];
  readonly evaluate: (context: OpContext, inputs: readonly Tensor[]) => Tensor;
}

export type FoldTable = Readonly<Record<string, Fold>>;

/** The elements of a tensor broadcast to a shape. */
export function elementsAs(tensor: Tensor, shape: Shape): (number | bigint)[] {
  return Array.from(expandSources(tensor.shape, shape), (source) => tensor.data[source]!);
}
