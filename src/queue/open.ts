/** A queue: jobs kept by pg-boss, models, runs and results in tables beside them. */
import type PgBoss from 'pg-boss';
import { Database } from './database.js';
import { JOBS_SCHEMA, migrate, SCHEMA } from './schema.js';
import { parseQueueUrl } from './url.js';

export interface Queue {
  readonly database: Database;
  readonly boss: PgBoss;
  close(): Promise<void>;
}

/**
 * Connects to a queue, and makes its tables where there are none.
 *
 * @param url `postgres://user:password@host:port/database`; the password shows nowhere
 * @throws USAGE, QUEUE_UNREACHABLE, QUEUE_SCHEMA
 */
export async function openQueue(url: string): Promise<Queue> {
  const database = await Database.connect(parseQueueUrl(url));
  // Not at the start of every command.
  const { default: Boss } = await import('pg-boss');
  try {
    // Its timers stay off: they go by the clock of the machine, and its archive moves jobs that were not done.
    const boss = new Boss({
      db: database as PgBoss.Db,
      schema: JOBS_SCHEMA,
      schedule: false,
      supervise: false,
    });
    boss.on('error', () => undefined);
    await database.transaction(async (sql) => {
      await sql.query(`SELECT pg_advisory_xact_lock(hashtextextended('${SCHEMA}', 0))`);
      await boss.start();
    });
    await migrate(database);
    return { database, boss, close: () => database.close() };
  } catch (error) {
    await database.close();
    throw error;
  }
}
