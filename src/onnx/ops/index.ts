/** The table of operators that import understands, by domain. */
import type { OpImport, OpTable } from '../context.js';
import { averageOps, microsoftAverageOps } from './average.js';
import { binaryOps, microsoftBinaryOps } from './binary.js';
import { elementwiseOps } from './elementwise.js';
import { gatherOps } from './gather.js';
import { integerOps } from './integer.js';
import { linearOps } from './linear.js';
import { movementOps } from './movement.js';
import { orderOps } from './order.js';
import { poolOps } from './pool.js';
import { microsoftOps, qoperatorOps } from './qoperator.js';
import { quantizeOps } from './quantize.js';
import { sliceOps } from './slices.js';
import { qlinearSoftmaxOps, softmaxOps } from './softmax.js';
import { microsoftUnaryOps, unaryOps } from './unary.js';

const standard: OpTable = {
  ...quantizeOps,
  ...linearOps,
  ...qoperatorOps,
  ...elementwiseOps,
  ...unaryOps,
  ...binaryOps,
  ...averageOps,
  ...integerOps,
  ...poolOps,
  ...orderOps,
  ...movementOps,
  ...sliceOps,
  ...gatherOps,
  ...softmaxOps,
};
const microsoft: OpTable = {
  ...microsoftOps,
  ...microsoftUnaryOps,
  ...microsoftBinaryOps,
  ...microsoftAverageOps,
  ...qlinearSoftmaxOps,
  QuantizeLinear: quantizeOps.QuantizeLinear!,
  DequantizeLinear: quantizeOps.DequantizeLinear!,
};

/** Import rules by domain. */
export const opTables: Readonly<Record<string, OpTable>> = { '': standard, 'com.microsoft': microsoft };

/** The import rule of an operator, or undefined where it is not supported. */
export function findOp(domain: string, op: string): OpImport | undefined {
  const table = Object.hasOwn(opTables, domain) ? opTables[domain]! : {};
  return Object.hasOwn(table, op) ? table[op] : undefined;
}
