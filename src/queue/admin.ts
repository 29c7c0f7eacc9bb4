/** What a queue holds, and what its keeper does about it. */
import type { Hex } from '../artifacts/types.js';
import type { Queue } from './open.js';
import { JOB_TABLE, JOBS_SCHEMA, SCHEMA } from './schema.js';

export interface ModelStatus {
  /** Key of the model. */
  readonly key: string;
  readonly modelId: Hex;
  /** Whether the queue holds all files, so that workers can fetch them. */
  readonly hasFiles: boolean;
  /** Jobs that are due, will be tried again later, are with a worker, or have been tried often enough. */
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  readonly dead: number;
  /** Results. */
  readonly proven: number;
  readonly failed: number;
  /** Proofs stored in the last minute. */
  readonly lastMinute: number;
  readonly runs: number;
}

export interface WorkerStatus {
  readonly name: string;
  readonly jobs: number;
  /** Seconds since it was heard of. */
  readonly silent: number;
  /** Whether that is longer than its lease. */
  readonly isLost: boolean;
}

export interface QueueStatus {
  readonly models: readonly ModelStatus[];
  readonly workers: readonly WorkerStatus[];
}

/** @param models keys; default: all @throws QUEUE_UNREACHABLE */
export async function readStatus({ database }: Queue, models?: readonly string[]): Promise<QueueStatus> {
  const status = await database.query<ModelStatus>(
    `SELECT key, model_id AS "modelId",
       NOT EXISTS (SELECT FROM jsonb_each_text(files) file LEFT JOIN ${SCHEMA}.artifact
         ON sha256 = file.value AND completed_on IS NOT NULL WHERE sha256 IS NULL) AS "hasFiles",
       waiting, delayed, active, dead, proven, failed, "lastMinute",
       (SELECT count(*)::int FROM ${SCHEMA}.run WHERE model = key) AS runs
     FROM ${SCHEMA}.model CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE state < 'active' AND start_after <= now())::int AS waiting,
         count(*) FILTER (WHERE state < 'active' AND start_after > now())::int AS delayed,
         count(*) FILTER (WHERE state = 'active')::int AS active,
         count(*) FILTER (WHERE state = 'failed')::int AS dead
       FROM ${JOB_TABLE} WHERE name = key) jobs CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE code IS NULL)::int AS proven, count(code)::int AS failed,
         count(*) FILTER (WHERE code IS NULL AND ended_on > now() - interval '1 minute')::int AS "lastMinute"
       FROM ${SCHEMA}.result WHERE model = key) results
     WHERE $1::text[] IS NULL OR key = ANY($1) ORDER BY registered_on, key`,
    [models ?? null],
  );
  const workers = await database.query<WorkerStatus>(
    `SELECT worker.name, (SELECT count(*)::int FROM ${SCHEMA}.lease JOIN ${JOB_TABLE}
         ON job.name = model AND job.id = lease.job AND state = 'active' WHERE lease.worker = worker.id) AS jobs,
       extract(epoch FROM now() - seen_on)::float8 AS silent, now() - seen_on > lease AS "isLost"
     FROM ${SCHEMA}.worker ORDER BY started_on, id`,
  );
  return { models: status.rows, workers: workers.rows };
}

/**
 * Queues dead letters once more, as if they had never been tried; their failures are no more.
 * @param models keys
 * @returns how many
 * @throws QUEUE_UNREACHABLE
 */
export function retryDead({ database }: Queue, models: readonly string[]): Promise<number> {
  return database.transaction(async (sql) => {
    await sql.query(
      `DELETE FROM ${SCHEMA}.result USING ${JOB_TABLE} WHERE result.model = ANY($1) AND proof IS NULL
         AND name = result.model AND state = 'failed' AND id = left(identity, 32)::uuid`,
      [models],
    );
    const { count } = await sql.query(
      `UPDATE ${JOB_TABLE} SET state = 'retry', retry_count = 0, started_on = NULL, start_after = now(),
         completed_on = NULL, output = NULL
       WHERE name = ANY($1) AND state = 'failed'`,
      [models],
    );
    return count;
  });
}

export interface Purged {
  readonly waiting: number;
  readonly dead: number;
}

/**
 * Removes jobs that wait and dead letters. What workers have is left to them; results stay.
 * @param models keys
 * @throws QUEUE_UNREACHABLE
 */
export function purgeJobs({ database }: Queue, models: readonly string[]): Promise<Purged> {
  return database.transaction(async (sql) => {
    const remove = async (which: string): Promise<number> =>
      (await sql.query(`DELETE FROM ${JOB_TABLE} WHERE name = ANY($1) AND ${which}`, [models])).count;
    return { waiting: await remove(`state < 'active'`), dead: await remove(`state = 'failed'`) };
  });
}

/**
 * Removes models with all that there is of them: jobs, runs, results, and files that no other model takes.
 * @param models keys
 * @throws QUEUE_UNREACHABLE
 */
export async function purgeModels({ database }: Queue, models: readonly string[]): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.query(`DELETE FROM ${JOB_TABLE} WHERE name = ANY($1)`, [models]);
    // What deleteQueue of pg-boss calls, which knows no transactions.
    for (const model of models) await sql.query(`SELECT ${JOBS_SCHEMA}.delete_queue($1)`, [model]);
    await sql.query(`DELETE FROM ${SCHEMA}.model WHERE key = ANY($1)`, [models]);
    await sql.query(
      `DELETE FROM ${SCHEMA}.artifact WHERE NOT EXISTS (
         SELECT FROM ${SCHEMA}.model CROSS JOIN jsonb_each_text(files) file WHERE file.value = sha256)`,
    );
  });
}
