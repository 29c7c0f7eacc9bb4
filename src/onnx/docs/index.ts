/** The table of docs/operators.md: every operator that import knows, from its rule and its documentation. */
import { folds } from '../folding/index.js';
import { opTables } from '../ops/index.js';
import { averageDocs, microsoftAverageDocs } from './average.js';
import { binaryDocs, microsoftBinaryDocs } from './binary.js';
import { microsoftMovementDocs, movementDocs } from './movement.js';
import { orderDocs } from './order.js';
import { microsoftQuantizedDocs, quantizedDocs } from './quantized.js';
import { microsoftSoftmaxDocs, softmaxDocs } from './softmax.js';
import type { OperatorDoc, OperatorDocs } from './types.js';
import { microsoftUnaryDocs, unaryDocs } from './unary.js';

const DOCS: Readonly<Record<string, OperatorDocs>> = {
  '': {
    ...averageDocs,
    ...binaryDocs,
    ...movementDocs,
    ...orderDocs,
    ...quantizedDocs,
    ...softmaxDocs,
    ...unaryDocs,
  },
  'com.microsoft': {
    ...microsoftAverageDocs,
    ...microsoftBinaryDocs,
    ...microsoftMovementDocs,
    ...microsoftQuantizedDocs,
    ...microsoftSoftmaxDocs,
    ...microsoftUnaryDocs,
  },
};

const CONSTANTS_ONLY: OperatorDoc = { forms: ['constants'], cost: '0' };

export interface OperatorRow {
  readonly op: string;
  /** '' for the default ONNX domain. */
  readonly domain: string;
  readonly attributes: readonly string[];
  /** Undefined where nobody wrote it. */
  readonly doc: OperatorDoc | undefined;
}

/** Operators that work on data, and those that are evaluated on constants only; by domain and name. */
export function operatorRows(): OperatorRow[] {
  const rows = Object.entries(opTables).flatMap(([domain, table]) =>
    Object.entries(table).map(([op, { attributes }]): OperatorRow => ({
      op,
      domain,
      attributes,
      doc: DOCS[domain]?.[op],
    })),
  );
  const known = new Set(rows.map(({ op, domain }) => `${domain} ${op}`));
  for (const [op, { attributes }] of Object.entries(folds)) {
    if (!known.has(` ${op}`)) rows.push({ op, domain: '', attributes, doc: CONSTANTS_ONLY });
  }
  return rows.sort((a, b) => compare(a.domain, b.domain) || compare(a.op, b.op));
}

/** Documentation of operators that import does not know. */
export function strayDocs(): string[] {
  return Object.entries(DOCS).flatMap(([domain, docs]) =>
    Object.keys(docs).filter((op) => !Object.hasOwn(opTables[domain] ?? {}, op)),
  );
}

/** The cells of a row of docs/operators.md. */
export function operatorCells({ op, domain, attributes, doc }: OperatorRow): string[] {
  const code = (text: string): string => `\`${text}\``;
  return [
    code(op),
    domain === '' ? 'ONNX' : domain,
    doc?.forms.join(', ') ?? '',
    [...attributes].sort().map(code).join(', '),
    doc?.cost ?? '',
    doc?.restrictions ?? '',
  ];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
