/** The part of pg that this room uses; the package brings no types. */
declare module 'pg' {
  export interface QueryResult {
    readonly rows: unknown[];
    /** Null for statements that do not count. */
    readonly rowCount: number | null;
  }
  export interface PoolConfig {
    readonly connectionString: string;
    readonly max: number;
    readonly application_name: string;
    readonly connectionTimeoutMillis: number;
    readonly query_timeout: number;
    readonly keepAlive: boolean;
    readonly allowExitOnIdle?: boolean;
  }
  export interface PoolClient {
    query(text: string, values?: readonly unknown[]): Promise<QueryResult>;
    release(destroy?: boolean): void;
    on(event: 'error', listener: (error: Error) => void): this;
  }
  export class Pool {
    constructor(config: PoolConfig);
    connect(): Promise<PoolClient>;
    on(event: 'error', listener: (error: Error) => void): this;
    on(event: 'connect', listener: (client: PoolClient) => void): this;
    end(): Promise<void>;
  }
}
