/** A whole statement: its elements and its three public signals. */

import type { StatementLayout } from '../artifacts/types.js';
import { fromBytesBE, isFieldElement } from '../hash/field.js';
import { challenge, evaluateAt } from './challenge.js';
import { chainHash, statementElements, type PublicValues } from './elements.js';

export interface StatementSource {
  readonly layout: StatementLayout;
  /** 32 bytes in hex. */
  readonly modelId: string;
  readonly context: string;
  readonly values: PublicValues;
}

export interface Statement {
  readonly elements: readonly bigint[];
  /** H of the elements. */
  readonly C: bigint;
  readonly r: bigint;
  readonly s: bigint;
}

/**
 * The statement about these public values.
 * @throws INPUT_SHAPE, INPUT_VALUE, USAGE as its parts do.
 */
export async function buildStatement({ layout, modelId, context, values }: StatementSource): Promise<Statement> {
  const elements = statementElements(layout, values);
  const C = await chainHash(elements);
  const r = challenge(modelId, context, C, elements);
  return { elements, C, r, s: evaluateAt(elements, r) };
}

/** A uniformly random field element from the system's CSPRNG, by rejection. */
export function randomFieldElement(): bigint {
  for (;;) {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    bytes[0] = (bytes[0] as number) & 0x3f; // p has 254 bits
    const value = fromBytesBE(bytes);
    if (isFieldElement(value)) return value;
  }
}
