/** `batch --queue`: inputs go into a queue instead of being proved here. */
import type { Options } from 'yargs';
import { ZkinferError } from '../errors.js';
import { enqueueBatch, type EnqueueEvent, type EnqueueReport } from '../index.js';
import type { Context, Outcome } from './command.js';
import { given, readContext, readCount } from './options.js';
import { queueOption, readQueueUrl } from './queue.js';
import { grouped, keyValues } from './table.js';

export const enqueueOptions = {
  queue: {
    ...queueOption,
    describe: 'queue the inputs for `zkinfer worker` instead; without a value, the URL is that in ZKINFER_QUEUE_URL',
  },
  priority: { describe: 'with --queue: higher comes first', type: 'string', requiresArg: true },
  attempts: {
    describe: 'with --queue: how many times a job is begun at most (default: 5)',
    type: 'string',
    requiresArg: true,
  },
  'retry-delay': {
    describe: 'with --queue: seconds before the second attempt; doubled each time (default: 5)',
    type: 'string',
    requiresArg: true,
  },
  upload: { describe: 'with --queue: send the files that workers need', type: 'boolean', default: false },
  'keep-openings': {
    describe: 'with --queue: keep the openings of committed parts in the database',
    type: 'boolean',
    default: false,
  },
} as const satisfies Record<string, Options>;

export interface EnqueueArguments {
  readonly DIR: string;
  readonly inputs: string;
  readonly queue: string;
  readonly integers: boolean;
  readonly context?: string;
  readonly weights?: string;
  readonly retryFailed: boolean;
  readonly priority?: string;
  readonly attempts?: string;
  readonly retryDelay?: string;
  readonly upload: boolean;
  readonly keepOpenings: boolean;
}

export async function enqueue(args: EnqueueArguments, context: Context): Promise<Outcome> {
  const { signal, onProgress, note, env } = context;
  const { weights, integers, retryFailed, upload, keepOpenings } = args;
  const report = await enqueueBatch(args.DIR, args.inputs, readQueueUrl(args.queue, env), {
    signal,
    onProgress,
    integers,
    retryFailed,
    upload,
    keepOpenings,
    onEvent: (event) => note(eventText(event)),
    ...given({
      priority: readPriority(args.priority),
      attempts: readCount('attempts', args.attempts, 1),
      retryDelay: readCount('retry-delay', args.retryDelay),
      context: readContext(args.context),
      weights,
    }),
  });
  return { document: { ...report }, text: reportText(report) };
}

function readPriority(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^-?\d{1,9}$/.test(text)) return value;
  throw new ZkinferError('USAGE', '--priority takes an integer of at most nine digits');
}

function eventText(event: EnqueueEvent): string {
  switch (event.kind) {
    case 'run':
      return `run ${event.run}`;
    case 'malformed':
      return `input ${event.index} is malformed: ${event.message}`;
    case 'away':
      return `${event.message}: waiting`;
    case 'back':
      return 'the database is there again';
  }
}

function reportText({ queue, run, inputs, queued, waiting, proven, failed, malformed }: EnqueueReport): string {
  return keyValues([
    ['queue', queue],
    ['run', String(run)],
    ['inputs', grouped(inputs)],
    ['new', grouped(queued)],
    ['already queued', grouped(waiting)],
    ['already proven', grouped(proven)],
    ...(failed === 0 ? [] : [['failed before', `${grouped(failed)}: --retry-failed queues them again`] as const]),
    ['malformed', grouped(malformed)],
  ]);
}
