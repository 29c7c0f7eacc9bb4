/** Results by the identities of their inputs. */
import type { Queue } from './open.js';
import { SCHEMA } from './schema.js';

/** What became of an input. Nothing of it is trusted. */
export interface QueueResult {
  readonly identity: string;
  /** Absent where it has failed. */
  readonly proof?: unknown;
  readonly opening?: unknown;
  readonly code?: string;
  readonly message?: string;
  readonly milliseconds?: number;
}

interface ResultRow {
  readonly identity: string;
  readonly proof: unknown;
  readonly opening: unknown;
  readonly code: string | null;
  readonly message: string | null;
  readonly milliseconds: number | null;
}

/**
 * Those of these inputs that have ended.
 * @param model key of their model
 * @throws QUEUE_UNREACHABLE
 */
export async function readResults(
  { database }: Queue,
  model: string,
  identities: readonly string[],
): Promise<QueueResult[]> {
  const { rows } = await database.query<ResultRow>(
    `SELECT identity, proof, opening, code, message, milliseconds FROM ${SCHEMA}.result
     WHERE model = $1 AND identity = ANY($2)`,
    [model, identities],
  );
  return rows.map(
    (row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as QueueResult,
  );
}
