/** What the commands of queues share. */
import type { Options } from 'yargs';
import { ZkinferError } from '../errors.js';

export const queueOption = {
  describe: 'PostgreSQL URL of the queue (postgres://...); by default the one in ZKINFER_QUEUE_URL',
  type: 'string',
} as const satisfies Options;

/**
 * The URL of the command line, or else of the environment, where other users of the machine do not see it.
 * @throws USAGE
 */
export function readQueueUrl(given: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  const url = given === undefined || given === '' ? env.ZKINFER_QUEUE_URL : given;
  if (url !== undefined && url !== '') return url;
  throw new ZkinferError('USAGE', 'no queue is given', {
    hint: 'give the URL of a PostgreSQL database with --queue or in ZKINFER_QUEUE_URL',
  });
}
