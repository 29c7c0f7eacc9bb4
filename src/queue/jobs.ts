/**
 * The life of a job. It is there from the moment it is queued until it has ended: then there is a result in its place. A worker that has taken it
 * holds a lease: pg-boss gives the job to others once `started_on + expire_in` is past, and the worker moves `started_on` on. All times are
 * those of the database.
 */
import type { Hex } from '../artifacts/types.js';
import type { ErrorCode } from '../errors.js';
import type { Sql } from './database.js';
import type { Queue } from './open.js';
import { JOB_TABLE, SCHEMA } from './schema.js';

/** What a job holds, in its row of pg-boss. */
export interface JobData {
  /** Identity of the inference (see inferenceIdentity), which gives the id of the job. */
  readonly identity: string;
  readonly context: Hex;
  /** Base64 of the quantized elements, one byte each. */
  readonly input: string;
  /** Whether the opening of committed parts is kept with the result. */
  readonly keepOpening: boolean;
}

export interface Job {
  /** Key of its model. */
  readonly model: string;
  readonly id: string;
  /** Not trusted to be JobData. */
  readonly data: unknown;
  /** How many times it has been begun, this one included. */
  readonly attempts: number;
}

/** One process that takes jobs. */
export interface WorkerIdentity {
  /** UUID. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** How long it may be silent, in seconds. */
  readonly lease: number;
}

/** The same identity always gives the same job: its first 128 bits as a UUID. */
export function jobId(identity: string): string {
  return identity.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

/**
 * Takes jobs of that model of the given ones whose next job has the highest priority, or else is the oldest.
 *
 * @param models keys of those that the worker can prove
 * @returns at most `limit` jobs; none where none is due
 * @throws QUEUE_UNREACHABLE
 */
export function takeJobs(
  { database, boss }: Queue,
  models: readonly string[],
  limit: number,
  { id: worker, lease }: WorkerIdentity,
): Promise<Job[]> {
  return database.transaction(async (sql) => {
    const { rows } = await sql.query<{ model: string }>(
      `SELECT model FROM unnest($1::text[]) model CROSS JOIN LATERAL (
         SELECT priority, created_on FROM ${JOB_TABLE} WHERE name = model AND state < 'active' AND start_after < now()
         ORDER BY priority DESC, created_on, id LIMIT 1) next
       ORDER BY priority DESC, created_on LIMIT 1`,
      [models],
    );
    const model = rows[0]?.model;
    if (model === undefined) return [];
    const fetched = await boss.fetch<JobData>(model, { batchSize: limit, includeMetadata: true, db: sql });
    const done = await provenAmong(
      sql,
      model,
      fetched.map(({ id }) => id),
    );
    if (done.length > 0) await boss.deleteJob(model, done, { db: sql });
    const jobs = fetched
      .filter(({ id }) => !done.includes(id))
      .map(({ id, data, retryCount }): Job => ({ model, id, data, attempts: retryCount + 1 }));
    const ids = jobs.map(({ id }) => id);
    await sql.query(
      `UPDATE ${JOB_TABLE} SET expire_in = make_interval(secs => $3) WHERE name = $1 AND id = ANY($2::uuid[])`,
      [model, ids, lease],
    );
    await sql.query(
      `INSERT INTO ${SCHEMA}.lease SELECT $1, unnest($2::uuid[]), $3
       ON CONFLICT (model, job) DO UPDATE SET worker = EXCLUDED.worker`,
      [model, ids, worker],
    );
    return jobs;
  });
}

/** Jobs that were queued once more while their proof was stored. */
async function provenAmong(sql: Sql, model: string, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `SELECT job.id FROM ${JOB_TABLE} job JOIN ${SCHEMA}.result ON model = name AND identity = data->>'identity'
     WHERE name = $1 AND id = ANY($2::uuid[]) AND proof IS NOT NULL`,
    [model, ids],
  );
  return rows.map(({ id }) => id);
}

/**
 * Says that a worker is there, and renews the leases that it still holds.
 * @param jobs all that it has. What it was given without getting the answer is not among them, and so falls to others
 * @throws QUEUE_UNREACHABLE
 */
export async function renewLeases({ database }: Queue, worker: WorkerIdentity, jobs: readonly Job[]): Promise<void> {
  await database.query(
    `INSERT INTO ${SCHEMA}.worker (id, name, lease) VALUES ($1, $2, make_interval(secs => $3))
     ON CONFLICT (id) DO UPDATE SET seen_on = now()`,
    [worker.id, worker.name, worker.lease],
  );
  if (jobs.length === 0) return;
  await database.query(
    `UPDATE ${JOB_TABLE} SET started_on = now()
     FROM ${SCHEMA}.lease JOIN unnest($2::text[], $3::uuid[]) mine (key, id) ON lease.model = mine.key AND lease.job = mine.id
     WHERE job.name = lease.model AND job.id = lease.job AND worker = $1 AND state = 'active'`,
    [worker.id, jobs.map(({ model }) => model), jobs.map(({ id }) => id)],
  );
}

/**
 * Ends what others left: leases that are over give their jobs back, to be tried again after a while, and jobs that have been tried often enough
 * end as failures. Leases do not end while the database has been up for less than one of them, as nobody could renew them before.
 *
 * @param lease in seconds
 * @throws QUEUE_UNREACHABLE
 */
export async function endLeases({ database, boss }: Queue, lease: number): Promise<void> {
  const { rows } = await database.query<{ settled: boolean }>(
    'SELECT now() - pg_postmaster_start_time() > make_interval(secs => $1) AS settled',
    [lease],
  );
  if (rows[0]!.settled) await boss.expire();
  await database.query(RECORD_DEAD);
  await database.query(`DELETE FROM ${SCHEMA}.worker WHERE seen_on < now() - interval '1 day'`);
}

/** Failures of dead letters that have no result yet. */
const RECORD_DEAD = `
  INSERT INTO ${SCHEMA}.result (model, identity, code, message, attempts, worker)
  SELECT name, data->>'identity', coalesce(output->>'code', 'WORKER_LOST'),
    coalesce(output->>'message', 'each worker that had it ended before its proof was done'), retry_count + 1,
    coalesce((SELECT worker.name FROM ${SCHEMA}.lease JOIN ${SCHEMA}.worker ON worker.id = lease.worker
      WHERE lease.model = job.name AND lease.job = job.id), 'unknown')
  FROM ${JOB_TABLE} WHERE state = 'failed' AND name IN (SELECT key FROM ${SCHEMA}.model)
    AND left(data->>'identity', 32) = replace(id::text, '-', '')
    AND NOT EXISTS (SELECT FROM ${SCHEMA}.result WHERE model = name AND identity = data->>'identity')
  ON CONFLICT DO NOTHING`;

export interface JobProof {
  readonly identity: string;
  readonly proof: object;
  readonly opening?: object;
  readonly milliseconds: number;
}

/**
 * Ends a job with its proof. The first proof of an inference stays; it takes the place of a failure. Whoever else has the job by now does it in
 * vain. Nothing is stored of a model that has been purged.
 * @returns whether this is the proof that stays
 * @throws QUEUE_UNREACHABLE
 */
export function storeProof(queue: Queue, job: Job, worker: WorkerIdentity, result: JobProof): Promise<boolean> {
  const { database, boss } = queue;
  const { identity, proof, opening, milliseconds } = result;
  return database.transaction(async (sql) => {
    await dropLease(sql, job);
    await boss.deleteJob(job.model, job.id, { db: sql });
    const { count } = await sql.query(
      `INSERT INTO ${SCHEMA}.result AS old (model, identity, proof, opening, attempts, milliseconds, worker)
       SELECT key, $2, $3::json, $4::json, $5::int, $6::float8, $7 FROM ${SCHEMA}.model WHERE key = $1
       ON CONFLICT (model, identity) DO UPDATE SET proof = EXCLUDED.proof, opening = EXCLUDED.opening, code = NULL,
         message = NULL, attempts = EXCLUDED.attempts, milliseconds = EXCLUDED.milliseconds, worker = EXCLUDED.worker,
         ended_on = now()
       WHERE old.proof IS NULL`,
      [
        job.model,
        identity,
        JSON.stringify(proof),
        opening === undefined ? null : JSON.stringify(opening),
        job.attempts,
        milliseconds,
        worker.name,
      ],
    );
    return count > 0;
  });
}

export interface JobFailure {
  readonly code: ErrorCode;
  readonly message: string;
  /** Whether another attempt would end the same. */
  readonly isFinal: boolean;
}

/**
 * Ends an attempt without a proof: the job is tried again after a while, or it is a dead letter, with a failure as its result. Nothing happens
 * where the worker has lost its lease.
 * @returns what has become of the job
 * @throws QUEUE_UNREACHABLE
 */
export function storeFailure(
  { database, boss }: Queue,
  job: Job,
  worker: WorkerIdentity,
  { code, message, isFinal }: JobFailure,
): Promise<'retried' | 'dead' | 'lost'> {
  return database.transaction(async (sql) => {
    if (!(await holdsLease(sql, job, worker))) return 'lost';
    if (isFinal) {
      await sql.query(`UPDATE ${JOB_TABLE} SET retry_limit = retry_count WHERE name = $1 AND id = $2`, [
        job.model,
        job.id,
      ]);
    }
    await boss.fail(job.model, job.id, { code, message }, { db: sql });
    await sql.query(RECORD_DEAD.replace('ON CONFLICT', 'AND name = $1 AND id = $2 ON CONFLICT'), [job.model, job.id]);
    await dropLease(sql, job);
    const { count } = await sql.query(`SELECT FROM ${JOB_TABLE} WHERE name = $1 AND id = $2 AND state = 'failed'`, [
      job.model,
      job.id,
    ]);
    return count > 0 ? 'dead' : 'retried';
  });
}

/** Gives jobs back that were not tried to the end: for others to take at once, as if nobody had begun them. @throws QUEUE_UNREACHABLE */
export async function giveBack({ database }: Queue, jobs: readonly Job[], worker: WorkerIdentity): Promise<void> {
  await database.transaction(async (sql) => {
    for (const job of jobs) {
      if (!(await holdsLease(sql, job, worker))) continue;
      await sql.query(
        `UPDATE ${JOB_TABLE} SET state = 'retry', started_on = NULL, start_after = now()
         WHERE name = $1 AND id = $2 AND state = 'active'`,
        [job.model, job.id],
      );
      await dropLease(sql, job);
    }
  });
}

/** The worker is no more. @throws QUEUE_UNREACHABLE */
export async function removeWorker({ database }: Queue, { id }: WorkerIdentity): Promise<void> {
  await database.query(`DELETE FROM ${SCHEMA}.worker WHERE id = $1`, [id]);
}

/** Whether jobs of these models have not ended: queued, to be tried again, or with a worker. @throws QUEUE_UNREACHABLE */
export async function hasJobs({ database }: Queue, models: readonly string[]): Promise<boolean> {
  const { rows } = await database.query<{ any: boolean }>(
    `SELECT EXISTS (SELECT FROM unnest($1::text[]) model WHERE EXISTS (
       SELECT FROM ${JOB_TABLE} WHERE name = model AND state <= 'active')) AS any`,
    [models],
  );
  return rows[0]!.any;
}

async function holdsLease(sql: Sql, job: Job, worker: WorkerIdentity): Promise<boolean> {
  const { count } = await sql.query(
    `SELECT FROM ${SCHEMA}.lease WHERE model = $1 AND job = $2 AND worker = $3 FOR UPDATE`,
    [job.model, job.id, worker.id],
  );
  return count > 0;
}

async function dropLease(sql: Sql, { model, id }: Job): Promise<void> {
  await sql.query(`DELETE FROM ${SCHEMA}.lease WHERE model = $1 AND job = $2`, [model, id]);
}
