/** Statements and transactions of one PostgreSQL database, and which of its errors pass. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type PoolClient } from 'pg';
import { throwIfAborted, ZkinferError } from '../errors.js';
import type { QueueUrl } from './url.js';

export interface Rows<T> {
  readonly rows: T[];
  /** Rows that were given or changed. */
  readonly count: number;
}

/** What runs statements: a database, or one transaction of it. pg-boss takes it as its `db`. */
export interface Sql {
  /** @param values of $1, $2, ...; without them, several statements may be given at once */
  query<T>(text: string, values?: readonly unknown[]): Promise<Rows<T>>;
  /** @internal the name under which pg-boss calls it */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the type that pg-boss gives its rows
  executeSql(text: string, values?: readonly unknown[]): Promise<{ rows: any[] }>;
}

/** The database is away, for now perhaps: what was to be done may be done again. */
export class QueueAway extends ZkinferError {
  constructor(message: string, cause: unknown) {
    super('QUEUE_UNREACHABLE', message, { cause, hint: 'is the database running, and is the URL right?' });
  }
}

/** Milliseconds. */
const CONNECT_TIMEOUT = 10_000;
const STATEMENT_TIMEOUT = 120_000;
const CLOSE_TIMEOUT = 2_000;
const CONNECTIONS = 4;

export class Database implements Sql {
  /** Host, port and database. */
  readonly name: string;
  readonly #pool: Pool;

  private constructor({ connectionString, name }: QueueUrl) {
    this.name = name;
    this.#pool = new Pool({
      connectionString,
      max: CONNECTIONS,
      application_name: 'zkinfer',
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      query_timeout: STATEMENT_TIMEOUT,
      keepAlive: true,
    });
    // Connections that break are noticed by the statement that uses them, or replaced by the next one.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => void client.on('error', () => undefined));
  }

  /** @throws QUEUE_UNREACHABLE */
  static async connect(url: QueueUrl): Promise<Database> {
    const database = new Database(url);
    try {
      await database.query('SELECT 1');
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** @throws QUEUE_UNREACHABLE, of the class QueueAway where it may pass; INTERNAL */
  query<T>(text: string, values?: readonly unknown[]): Promise<Rows<T>> {
    return this.#withClient((client) => run<T>(client, text, values));
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- see Sql
  executeSql(text: string, values?: readonly unknown[]): Promise<Rows<any>> {
    return this.query(text, values);
  }

  /**
   * Does everything or nothing. An error of a statement fails the transaction, even where `work` has swallowed it.
   * @throws as query; what `work` throws
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#withClient(async (client) => {
      let failure: { readonly error: unknown } | undefined;
      const query = async <R>(text: string, values?: readonly unknown[]): Promise<Rows<R>> => {
        try {
          return await run<R>(client, text, values);
        } catch (error) {
          failure ??= { error };
          throw error;
        }
      };
      await client.query('BEGIN');
      const result = await work({ query, executeSql: query });
      if (failure !== undefined) throw failure.error;
      await client.query('COMMIT');
      return result;
    });
  }

  /** Waits for statements that are under way, but not for a database that does not answer. */
  async close(): Promise<void> {
    await Promise.race([this.#pool.end(), sleep(CLOSE_TIMEOUT, undefined, { ref: false })]);
  }

  /** After an error a connection is not used again: a transaction that was begun in it ends with it. */
  async #withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    let client: PoolClient | undefined;
    try {
      client = await this.#pool.connect();
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      client?.release(true);
      throw this.#asQueueError(error);
    }
  }

  #asQueueError(error: unknown): unknown {
    if (error instanceof ZkinferError) return error;
    const { code, message } = read(error);
    if (isState(code)) {
      // Classes of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
      if (PASSING_STATE.test(code)) return new QueueAway(`${this.name}: ${message}`, error);
      if (REFUSING_STATE.test(code)) {
        return new ZkinferError('QUEUE_UNREACHABLE', `${this.name}: ${message}`, { cause: error });
      }
      return new ZkinferError('INTERNAL', `${this.name} refused a statement (${code})`, { cause: error });
    }
    if (isConnectionError(code, message)) {
      return new QueueAway(`${this.name} cannot be reached: ${code ?? message}`, error);
    }
    return error;
  }
}

/** Connections that end, resources that lack, conflicts of transactions, servers that start or stop. */
const PASSING_STATE = /^(?:08|53|40|57|55P03|58)/;
/** No such user, database or right; a connection that only reads. */
const REFUSING_STATE = /^(?:28|3D|42501|25006)/;

function isState(code: string | undefined): code is string {
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code);
}

function isConnectionError(code: string | undefined, message: string): boolean {
  if (code !== undefined && /^E[A-Z_]+$/.test(code)) return true;
  return /connection|timeout|terminated|not queryable/i.test(message);
}

function read(error: unknown): { code: string | undefined; message: string } {
  const isObject = typeof error === 'object' && error !== null;
  const code = isObject && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { code, message: error instanceof Error ? error.message : 'unknown' };
}

async function run<T>(client: PoolClient, text: string, values?: readonly unknown[]): Promise<Rows<T>> {
  const result = await (values === undefined ? client.query(text) : client.query(text, values));
  // Several statements have several results, which nobody asks for.
  return Array.isArray(result)
    ? { rows: [], count: 0 }
    : { rows: result.rows as T[], count: result.rowCount ?? result.rows.length };
}

export interface Patience {
  readonly signal?: AbortSignal;
  /** The database is away; called once for each time it goes. */
  readonly onAway?: (error: ZkinferError) => void;
  /** It is there again. */
  readonly onBack?: () => void;
}

/** Milliseconds between attempts: doubled up to the second. */
const [FIRST_WAIT, LONGEST_WAIT] = [100, 3_000];

/**
 * Does something that may be done more than once, again and again while the database is away.
 * @throws what does not pass; ABORTED
 */
export async function patiently<T>(work: () => Promise<T>, { signal, onAway, onBack }: Patience = {}): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      const result = await work();
      if (attempt > 0) onBack?.();
      return result;
    } catch (error) {
      if (!(error instanceof QueueAway)) throw error;
      throwIfAborted(signal);
      if (attempt === 0) onAway?.(error);
      const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt);
      await sleep(wait, undefined, signal === undefined ? {} : { signal }).catch(() => throwIfAborted(signal));
    }
  }
}
