/** The tables of a queue beside those of pg-boss. */
import { ZkinferError } from '../errors.js';
import type { Database } from './database.js';

/** Schema of the tables of this room. */
export const SCHEMA = 'zkinfer';
/** Schema of pg-boss, apart from one that others may have in the same database. */
export const JOBS_SCHEMA = 'zkinfer_jobs';
export const JOB_TABLE = `${JOBS_SCHEMA}.job`;

/** One list of statements for each version. Those that were published never change. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE ${SCHEMA}.artifact (
    sha256 text PRIMARY KEY,
    bytes bigint NOT NULL,
    -- Null while pieces are missing.
    completed_on timestamptz
  );
  CREATE TABLE ${SCHEMA}.piece (
    sha256 text NOT NULL REFERENCES ${SCHEMA}.artifact ON DELETE CASCADE,
    number int NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (sha256, number)
  );
  ALTER TABLE ${SCHEMA}.piece ALTER data SET STORAGE EXTERNAL;
  CREATE TABLE ${SCHEMA}.model (
    key text PRIMARY KEY,
    model_id text NOT NULL,
    verification_key text NOT NULL,
    weights_commitment text,
    -- Names to SHA-256: all files that proving takes.
    files jsonb NOT NULL,
    registered_on timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE ${SCHEMA}.run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model text NOT NULL REFERENCES ${SCHEMA}.model ON DELETE CASCADE,
    context text NOT NULL,
    begun_on timestamptz NOT NULL DEFAULT now(),
    -- Null until all inputs are there.
    inputs int
  );
  CREATE TABLE ${SCHEMA}.entry (
    run bigint NOT NULL REFERENCES ${SCHEMA}.run ON DELETE CASCADE,
    number int NOT NULL,
    identity text,
    code text,
    message text,
    PRIMARY KEY (run, number),
    CHECK ((identity IS NULL) <> (code IS NULL))
  );
  CREATE TABLE ${SCHEMA}.result (
    model text NOT NULL REFERENCES ${SCHEMA}.model ON DELETE CASCADE,
    identity text NOT NULL,
    proof json,
    opening json,
    code text,
    message text,
    attempts int NOT NULL,
    milliseconds double precision,
    worker text NOT NULL,
    ended_on timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (model, identity),
    CHECK ((proof IS NULL) <> (code IS NULL))
  );
  CREATE TABLE ${SCHEMA}.lease (
    model text NOT NULL REFERENCES ${SCHEMA}.model ON DELETE CASCADE,
    job uuid NOT NULL,
    worker uuid NOT NULL,
    PRIMARY KEY (model, job)
  );
  CREATE TABLE ${SCHEMA}.worker (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    lease interval NOT NULL,
    started_on timestamptz NOT NULL DEFAULT now(),
    seen_on timestamptz NOT NULL DEFAULT now()
  );
  -- Of the partitions that pg-boss makes for each model: the next job, leases that may end, dead letters.
  CREATE INDEX zkinfer_next ON ${JOB_TABLE} (name, priority DESC, created_on, id) WHERE state < 'active';
  CREATE INDEX zkinfer_leased ON ${JOB_TABLE} (started_on) WHERE state = 'active';
  CREATE INDEX zkinfer_dead ON ${JOB_TABLE} (name, id) WHERE state = 'failed';
  `,
];

/** What pg-boss 10.4 calls its own version. */
const JOBS_VERSION = 24;

/**
 * Makes the tables, or brings those of an older version up to date. pg-boss has made its own before.
 * @throws QUEUE_SCHEMA where they are of a newer version
 */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.query(`SELECT pg_advisory_xact_lock(hashtextextended('${SCHEMA}', 0))`);
    await sql.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
    await sql.query(`CREATE TABLE IF NOT EXISTS ${SCHEMA}.version (version int NOT NULL)`);
    const { rows } = await sql.query<{ version: number }>(`SELECT version FROM ${SCHEMA}.version`);
    const version = rows[0]?.version ?? 0;
    if (version > MIGRATIONS.length) throw newer(database, version, MIGRATIONS.length);
    const jobs = await sql.query<{ version: number }>(`SELECT version FROM ${JOBS_SCHEMA}.version`);
    const jobsVersion = jobs.rows[0]?.version ?? 0;
    if (jobsVersion > JOBS_VERSION) throw newer(database, jobsVersion, JOBS_VERSION);
    if (version === MIGRATIONS.length) return;
    for (const statements of MIGRATIONS.slice(version)) await sql.query(statements);
    await sql.query(`DELETE FROM ${SCHEMA}.version`);
    await sql.query(`INSERT INTO ${SCHEMA}.version VALUES ($1)`, [MIGRATIONS.length]);
  });
}

function newer({ name }: Database, found: number, known: number): ZkinferError {
  return new ZkinferError('QUEUE_SCHEMA', `the tables of ${name} are of version ${found}, this is for ${known}`, {
    hint: 'use the zkinfer that made them, or another database',
  });
}
