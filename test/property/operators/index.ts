/** All generators, and which of them wait for their operator: delete a name from PENDING when zkinfer has it. */
import type { OperatorGenerator } from '../context.js';
import { elementwiseGenerators } from './elementwise.js';
import { linearGenerators } from './linear.js';
import { movementGenerators } from './movement.js';
import { poolGenerators } from './pools.js';

const PENDING: ReadonlySet<string> = new Set();

const all: readonly OperatorGenerator[] = [
  ...linearGenerators,
  ...movementGenerators,
  ...elementwiseGenerators,
  ...poolGenerators,
];

export const generators: readonly OperatorGenerator[] = all.filter(({ op }) => !PENDING.has(op));
