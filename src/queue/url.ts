/** Where a queue is. URLs hold passwords: they are read once, and never shown. */
import { ZkinferError } from '../errors.js';

export interface QueueUrl {
  /** With the password: for the database client only. */
  readonly connectionString: string;
  /** Host, port and database: for people. */
  readonly name: string;
}

/**
 * @param text `postgres://user:password@host:port/database`
 * @throws USAGE; what was given is not quoted
 */
export function parseQueueUrl(text: string): QueueUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^postgres(?:ql)?:$/.test(url.protocol)) {
    return { connectionString: text, name: `${url.host === '' ? 'local' : url.host}${url.pathname}` };
  }
  throw new ZkinferError('USAGE', 'the queue takes a URL of PostgreSQL', {
    hint: 'postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special characters of the password percent-encoded',
  });
}
