/** Runs: which inputs were given in which order. The same input may be in several runs, and several times in one; it has one job and one result. */
import type PgBoss from 'pg-boss';
import type { Hex } from '../artifacts/types.js';
import type { ErrorCode } from '../errors.js';
import type { Sql } from './database.js';
import { jobId, type JobData } from './jobs.js';
import type { Queue } from './open.js';
import { JOB_TABLE, SCHEMA } from './schema.js';

export interface QueueRun {
  /** Counted from 1 in each database. */
  readonly id: number;
  /** Key of its model. */
  readonly model: string;
  readonly context: Hex;
  /** How many there are; absent while they are being queued. */
  readonly inputs?: number;
}

/** @throws QUEUE_UNREACHABLE */
export async function beginRun({ database }: Queue, model: string, context: Hex): Promise<QueueRun> {
  const { rows } = await database.query<{ id: string }>(
    `INSERT INTO ${SCHEMA}.run (model, context) VALUES ($1, $2) RETURNING id`,
    [model, context],
  );
  return { id: Number(rows[0]!.id), model, context };
}

/** All inputs of a run are there. @throws QUEUE_UNREACHABLE */
export async function completeRun({ database }: Queue, { id }: QueueRun, inputs: number): Promise<void> {
  await database.query(`UPDATE ${SCHEMA}.run SET inputs = $2 WHERE id = $1`, [id, inputs]);
}

/**
 * The run of an id, or the last one that is complete.
 * @param models keys: runs of these
 * @throws QUEUE_UNREACHABLE
 */
export async function findRun(
  { database }: Queue,
  models: readonly string[],
  id?: number,
): Promise<QueueRun | undefined> {
  const { rows } = await database.query<{ id: string; model: string; context: Hex; inputs: number | null }>(
    `SELECT id, model, context, inputs FROM ${SCHEMA}.run
     WHERE model = ANY($1) AND CASE WHEN $2::bigint IS NULL THEN inputs IS NOT NULL ELSE id = $2 END
     ORDER BY id DESC LIMIT 1`,
    [models, id ?? null],
  );
  if (rows[0] === undefined) return undefined;
  const { inputs, ...run } = rows[0];
  return { ...run, id: Number(run.id), ...(inputs === null ? {} : { inputs }) };
}

/** One input of a run: what is to be proved, or why it cannot be. */
export type RunEntry = { readonly number: number } & (
  | ({ readonly code?: undefined } & Pick<JobData, 'identity' | 'input'>)
  | { readonly identity?: undefined; readonly code: ErrorCode; readonly message: string }
);

export interface JobTerms {
  /** Higher is earlier. */
  readonly priority: number;
  /** How many times a job is begun at most. */
  readonly attempts: number;
  /** Seconds before the second attempt, about; twice as many before the next one, and so on. */
  readonly retryDelay: number;
  readonly keepOpening: boolean;
  /** Whether what has failed is tried once more. */
  readonly retryFailed: boolean;
}

export interface EntryCounts {
  /** Jobs that were not there before. */
  readonly queued: number;
  /** Inputs whose job was there already. */
  readonly waiting: number;
  readonly proven: number;
  /** Inputs that have failed before. */
  readonly failed: number;
  readonly malformed: number;
}

/**
 * Adds inputs to a run, and jobs for those that have neither a job nor a result: all of them, or none. Doing it once more changes nothing.
 * @throws QUEUE_UNREACHABLE
 */
export function addEntries(
  { database, boss }: Queue,
  run: QueueRun,
  entries: readonly RunEntry[],
  terms: JobTerms,
): Promise<EntryCounts> {
  const { id, model, context } = run;
  return database.transaction(async (sql) => {
    await sql.query(
      `INSERT INTO ${SCHEMA}.entry SELECT $1, * FROM unnest($2::int[], $3::text[], $4::text[], $5::text[])
       ON CONFLICT DO NOTHING`,
      [
        id,
        entries.map(({ number }) => number),
        entries.map(({ identity }) => identity ?? null),
        entries.map(({ code }) => code ?? null),
        entries.map((entry) => (entry.code === undefined ? null : entry.message)),
      ],
    );
    const inputs = entries.filter((entry) => entry.code === undefined);
    const ended = await endedAmong(
      sql,
      model,
      inputs.map(({ identity }) => identity),
    );
    const failed = inputs.filter(({ identity }) => ended.get(identity) === 'failed');
    if (terms.retryFailed && failed.length > 0) {
      await removeFailures(
        sql,
        model,
        failed.map(({ identity }) => identity),
      );
      for (const { identity } of failed) ended.delete(identity);
    }
    const open = inputs.filter(({ identity }) => !ended.has(identity));
    const jobs = open.map(({ identity, input }): PgBoss.JobInsert<JobData> => ({
      id: jobId(identity),
      name: model,
      data: { identity, context, input, keepOpening: terms.keepOpening },
      priority: terms.priority,
      retryLimit: terms.attempts - 1,
      retryDelay: terms.retryDelay,
      retryBackoff: true,
    }));
    let queued = 0;
    const executeSql: Sql['executeSql'] = async (text, values) => {
      const result = await sql.query<object>(text, values);
      queued = result.count;
      return result;
    };
    if (jobs.length > 0) await boss.insert(jobs, { db: { executeSql } });
    return {
      queued,
      waiting: open.length - queued,
      proven: inputs.filter(({ identity }) => ended.get(identity) === 'proven').length,
      failed: terms.retryFailed ? 0 : failed.length,
      malformed: entries.length - inputs.length,
    };
  });
}

async function endedAmong(
  sql: Sql,
  model: string,
  identities: readonly string[],
): Promise<Map<string, 'proven' | 'failed'>> {
  const { rows } = await sql.query<{ identity: string; proven: boolean }>(
    `SELECT identity, proof IS NOT NULL AS proven FROM ${SCHEMA}.result WHERE model = $1 AND identity = ANY($2)`,
    [model, identities],
  );
  return new Map(rows.map(({ identity, proven }) => [identity, proven ? 'proven' : 'failed']));
}

async function removeFailures(sql: Sql, model: string, identities: readonly string[]): Promise<void> {
  await sql.query(`DELETE FROM ${SCHEMA}.result WHERE model = $1 AND identity = ANY($2) AND proof IS NULL`, [
    model,
    identities,
  ]);
  await sql.query(`DELETE FROM ${JOB_TABLE} WHERE name = $1 AND id = ANY($2::uuid[]) AND state = 'failed'`, [
    model,
    identities.map(jobId),
  ]);
}

/** What has become of one input of a run. */
export interface EndedEntry {
  readonly number: number;
  /** Absent where the input was malformed. */
  readonly identity?: string;
  /** `missing`: neither a result nor a job, as after a purge. */
  readonly state: 'proven' | 'failed' | 'waiting' | 'missing';
  /** Not trusted. */
  readonly proof?: unknown;
  readonly opening?: unknown;
  readonly code?: string;
  readonly message?: string;
  readonly milliseconds?: number;
  /** When it ended, in milliseconds, by the clock of the database. */
  readonly endedOn?: number;
}

interface EntryRow {
  readonly number: number;
  readonly identity: string | null;
  readonly is_waiting: boolean;
  readonly proof: unknown;
  readonly opening: unknown;
  readonly code: string | null;
  readonly message: string | null;
  readonly milliseconds: number | null;
  readonly ended_on: number | null;
}

/** Rows at a time. */
const PAGE = 200;

/** The inputs of a run in their order, and what has become of them. @throws QUEUE_UNREACHABLE */
export async function* readEntries(
  { database }: Queue,
  { id, model }: QueueRun,
): AsyncGenerator<EndedEntry, void, undefined> {
  for (let last = -1; ;) {
    const { rows } = await database.query<EntryRow>(
      `SELECT entry.number, entry.identity, proof, opening, coalesce(result.code, entry.code) AS code,
         coalesce(result.message, entry.message) AS message, milliseconds,
         extract(epoch FROM ended_on)::float8 * 1000 AS ended_on,
         result.identity IS NULL AND EXISTS (SELECT FROM ${JOB_TABLE}
           WHERE name = $2 AND job.id = left(entry.identity, 32)::uuid) AS is_waiting
       FROM ${SCHEMA}.entry LEFT JOIN ${SCHEMA}.result ON result.model = $2 AND result.identity = entry.identity
       WHERE run = $1 AND number > $3 ORDER BY number LIMIT ${PAGE}`,
      [id, model, last],
    );
    for (const row of rows) yield fromRow(row);
    if (rows.length < PAGE) return;
    last = rows.at(-1)!.number;
  }
}

function fromRow(row: EntryRow): EndedEntry {
  const { number, identity, proof, opening, code, message, milliseconds, ended_on: endedOn } = row;
  const known = identity === null ? { number } : { number, identity };
  if (code !== null) return { ...known, state: 'failed', code, message: message ?? '' };
  if (proof === null) return { ...known, state: row.is_waiting ? 'waiting' : 'missing' };
  return {
    ...known,
    state: 'proven',
    proof,
    ...(opening === null ? {} : { opening }),
    ...(milliseconds === null ? {} : { milliseconds }),
    ...(endedOn === null ? {} : { endedOn }),
  };
}
