import { ExitCode } from '../../errors.js';
import { runQueueWorker, type QueueWorkerEvent } from '../../index.js';
import type { Command } from '../command.js';
import { given, readCount } from '../options.js';
import { poolOptions, readPoolOptions, type PoolArguments } from '../proving.js';
import { queueOption, readQueueUrl } from '../queue.js';
import { grouped, keyValues } from '../table.js';

interface WorkerArguments extends PoolArguments {
  readonly DIR?: readonly string[];
  readonly queue?: string;
  readonly cache?: string;
  readonly lease: string;
  readonly grace: string;
  readonly name?: string;
  readonly once: boolean;
  readonly metricsPort?: string;
  readonly metricsHost: string;
}

export const worker: Command<WorkerArguments> = {
  usage: 'worker [DIR..]',
  summary: 'Prove the jobs of a queue, on as many machines as you like',
  examples: [
    ['worker build', 'takes the jobs of the model in build; the queue is that of ZKINFER_QUEUE_URL'],
    ['worker --cache /var/cache/zkinfer', 'takes the jobs of all models whose files the queue holds'],
  ],
  options: (y) =>
    y
      .positional('DIR', {
        describe: 'artifact directories with keys, one for each model',
        type: 'string',
        array: true,
      })
      .option('queue', { ...queueOption, requiresArg: true })
      .option('cache', {
        describe: 'folder for the files of models that are not among DIR: they are fetched from the queue',
        type: 'string',
        requiresArg: true,
      })
      .options(poolOptions)
      .option('lease', {
        describe: 'seconds without a word from this worker after which others take its jobs',
        type: 'string',
        default: '60',
        requiresArg: true,
      })
      .option('grace', {
        describe: 'seconds that proofs under way get at the end, before they are given back',
        type: 'string',
        default: '8',
        requiresArg: true,
      })
      .option('name', { describe: 'name in status and results (default: host and process)', type: 'string' })
      .option('metrics-port', {
        describe: 'serve Prometheus metrics on this port, at /metrics',
        type: 'string',
        requiresArg: true,
      })
      .option('metrics-host', { describe: 'and this address', type: 'string', default: '127.0.0.1', requiresArg: true })
      .option('once', {
        describe: 'end when no job of its models is left, with other workers included',
        type: 'boolean',
        default: false,
      })
      .epilogue(
        'Interrupted once, it gives back what it has not begun, ends what is under way, and exits with 130; interrupted twice, it ends at ' +
          'once, and others take its jobs after the lease.',
      ),
  run: async (args, { signal, onProgress, note, env }) => {
    const { DIR: dirs = [], cache, once, name } = args;
    const metricsPort = readCount('metrics-port', args.metricsPort);
    const report = await runQueueWorker(readQueueUrl(args.queue, env), {
      dirs,
      once,
      signal,
      onProgress,
      lease: readCount('lease', args.lease, 1)!,
      grace: readCount('grace', args.grace)!,
      onEvent: (event) => {
        const text = eventText(event);
        if (text !== undefined) note(`${new Date().toISOString()}  ${text}`);
      },
      ...readPoolOptions(args),
      ...given({
        metrics: metricsPort === undefined ? undefined : { host: args.metricsHost, port: metricsPort },
        cache,
        name,
      }),
    });
    return {
      document: { format: 'zkinfer-worker', version: 1, ...report },
      text: keyValues([
        ['proved', grouped(report.proved)],
        ['late', grouped(report.late)],
        ['failed attempts', grouped(report.failed)],
        ['given back', grouped(report.givenBack)],
      ]),
      exitCode: report.state === 'interrupted' ? ExitCode.Interrupted : ExitCode.Ok,
    };
  },
};

/** Nothing for proofs: progress counts them. */
function eventText(event: QueueWorkerEvent): string | undefined {
  switch (event.kind) {
    case 'proved':
    case 'late':
      return undefined;
    case 'working':
      return `${event.name} works for ${event.queue}`;
    case 'workers':
      return `${event.modelId}: ${event.workers} at a time, ${event.threads} threads each, ${event.backend}: ${event.reason}`;
    case 'unusable':
      return `the model ${event.model} cannot be proved here: ${event.message}`;
    case 'failed':
      return `job ${event.job}, attempt ${event.attempts}: ${event.message}; ${OUTCOMES[event.outcome]}`;
    case 'away':
      return `${event.message}: waiting`;
    case 'back':
      return 'the database is there again';
    case 'stopping':
      return event.running === 0
        ? 'ending'
        : `ending, once ${event.running} under way are done; interrupt again to drop`;
  }
}

const OUTCOMES = {
  retried: 'it will be tried again',
  dead: 'it is given up',
  lost: 'another worker has it by now',
} as const;
