/** Statements of all kinds, for tests of contracts. */
import type { StatementLayout } from '../../src/artifacts/types.js';
import { layoutOf, tensor } from './statements.js';

const HOSTILE_NAME = 'x"; } function steal() external {} /* \\ \n */ é \u202e';

/** Of models whose weights are part of the circuit. */
export const LAYOUTS: Readonly<Record<string, StatementLayout>> = {
  'uint8 1, uint8 30': layoutOf({ inputs: [tensor('x', 'uint8', [1])], outputs: [tensor('y', 'uint8', [30])] }),
  'int8 31, uint8 32': layoutOf({ inputs: [tensor('x', 'int8', [31])], outputs: [tensor('y', 'uint8', [4, 8])] }),
  'int8 62, int8 1': layoutOf({ inputs: [tensor('x', 'int8', [2, 31])], outputs: [tensor('y', 'int8', [1])] }),
  'int8 784, int8 31': layoutOf({ inputs: [tensor('x', 'int8', [784])], outputs: [tensor('y', 'int8', [31])] }),
  'committed, int8 33': layoutOf({ input: 'committed', outputs: [tensor('y', 'int8', [33])] }),
  'uint8 63, committed': layoutOf({ output: 'committed', inputs: [tensor('x', 'uint8', [63])] }),
  'committed, committed': layoutOf({ input: 'committed', output: 'committed' }),
  'two tensors a part': layoutOf({
    inputs: [tensor('a', 'int8', [20]), { ...tensor(HOSTILE_NAME, 'int8', []), edge: 'integer' }],
    outputs: [tensor('p', 'int8', [3], Math.fround(0.1)), tensor('q', 'int8', [1, 30], 4)],
  }),
};

/** Those, and some of models whose weights are committed. */
export const ALL_LAYOUTS: Readonly<Record<string, StatementLayout>> = {
  ...LAYOUTS,
  'committed weights': layoutOf({ weights: 'committed' }),
  'committed input and weights': layoutOf({ input: 'committed', weights: 'committed' }),
  'all committed': layoutOf({ input: 'committed', output: 'committed', weights: 'committed' }),
};
