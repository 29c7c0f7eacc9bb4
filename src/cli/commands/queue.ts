import { inspectQueue, purgeQueue, retryQueue, type QueueReport } from '../../index.js';
import { bindCommand, bindGroup, type Command } from '../command.js';
import { given } from '../options.js';
import { queueOption, readQueueUrl } from '../queue.js';
import { duration, grouped, table, type Column } from '../table.js';

interface QueueArguments {
  readonly queue?: string;
  readonly model?: string;
}

const options = {
  queue: { ...queueOption, requiresArg: true },
  model: {
    describe: 'artifact directory, model id (0x...) or key of the model in the queue',
    type: 'string',
    requiresArg: true,
  },
} as const;

const status: Command<QueueArguments> = {
  usage: 'status',
  summary: 'Models, jobs, results and workers of a queue',
  examples: [['queue status', 'of the queue in ZKINFER_QUEUE_URL']],
  options: (y) => y.options(options),
  run: async ({ queue, model }, { env }) => {
    const report = await inspectQueue(readQueueUrl(queue, env), given({ model }));
    return { document: { format: 'zkinfer-queue-status', version: 1, ...report }, text: statusText(report) };
  },
};

const retry: Command<QueueArguments> = {
  usage: 'retry',
  summary: 'Queue jobs once more that have been given up',
  examples: [['queue retry --model build', 'those of the model in build']],
  options: (y) => y.options(options),
  run: async ({ queue, model }, { env }) => {
    const retried = await retryQueue(readQueueUrl(queue, env), given({ model }));
    return {
      document: { format: 'zkinfer-queue-retry', version: 1, retried },
      text: `${grouped(retried)} queued once more`,
    };
  },
};

const purge: Command<QueueArguments & { readonly model: string; readonly all: boolean }> = {
  usage: 'purge',
  summary: 'Remove the jobs of a model that nobody has begun, and those that have been given up',
  examples: [
    ['queue purge --model build', 'results stay, and workers end what they have'],
    ['queue purge --model build --all', 'also results, runs and files: as if the model had never been there'],
  ],
  options: (y) =>
    y.options(options).demandOption('model').option('all', {
      describe: 'remove all that there is of the model, proofs too',
      type: 'boolean',
      default: false,
    }),
  run: async ({ queue, model, all }, { env }) => {
    const { waiting, dead } = await purgeQueue(readQueueUrl(queue, env), { model, all });
    return {
      document: { format: 'zkinfer-queue-purge', version: 1, waiting, dead, all },
      text: `removed ${grouped(waiting)} waiting and ${grouped(dead)} given up${all ? ', and all else of the model' : ''}`,
    };
  },
};

export const queue = bindGroup('queue', 'Look after a queue: status, retry, purge', [
  bindCommand(status),
  bindCommand(retry),
  bindCommand(purge),
]);

const MODEL_COLUMNS: readonly Column[] = [
  { title: 'model' },
  { title: 'files' },
  ...['waiting', 'delayed', 'active', 'given up', 'proven', 'failed', 'last minute', 'runs'].map((title): Column => ({
    title,
    align: 'right',
  })),
];

function statusText({ queue: name, models, workers }: QueueReport): string {
  const rows = models.map((model) => [
    `${model.modelId.slice(0, 18)}…`,
    model.hasFiles ? 'here' : '-',
    ...[model.waiting, model.delayed, model.active, model.dead, model.proven, model.failed, model.lastMinute].map(
      grouped,
    ),
    grouped(model.runs),
  ]);
  const working = workers.map(({ name: worker, jobs, silent, isLost }) => [
    worker,
    grouped(jobs),
    isLost ? `lost, silent for ${duration(1_000 * silent)}` : 'working',
  ]);
  return [
    name,
    models.length === 0 ? 'no model' : table(MODEL_COLUMNS, rows),
    workers.length === 0
      ? 'no worker'
      : table([{ title: 'worker' }, { title: 'jobs', align: 'right' }, { title: 'state' }], working),
  ].join('\n\n');
}
