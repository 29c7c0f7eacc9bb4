/** The table of operators that import understands, by domain. */
import type { OpImport, OpTable } from '../context.js';
import { averageOps, microsoftAverageOps } from './average.js';
import { binaryOps, microsoftBinaryOps } from './binary.js';
import { elementwiseOps } from './elementwise.js';
import { castWith, integerOps } from './integer.js';
import { linearOps } from './linear.js';
import { movementOps } from './movement.js';
import { poolOps } from './pool.js';
import { microsoftOps, qoperatorOps } from './qoperator.js';
import { quantizeOps } from './quantize.js';
import { shapeOps } from './shape.js';
import { microsoftUnaryOps, unaryOps } from './unary.js';
import { qlinearSoftmaxOps, softmaxOps } from './softmax.js';

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
  ...movementOps,
  ...shapeOps,
  Cast: castWith(shapeOps.Cast!),
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

/** The import rule of an operator, or undefined where it is not supported. */
export function findOp(domain: string, op: string): OpImport | undefined {
  const table = domain === '' ? standard : domain === 'com.microsoft' ? microsoft : {};
  return Object.hasOwn(table, op) ? table[op] : undefined;
}
