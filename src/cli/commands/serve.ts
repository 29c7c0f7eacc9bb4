import { readText } from '../../artifacts/files.js';
import { ZkinferError } from '../../errors.js';
import { serveModels } from '../../index.js';
import type { Command } from '../command.js';
import { given, readCount } from '../options.js';
import { poolOptions, readPoolOptions, refuseWithQueue, type PoolArguments } from '../proving.js';
import { queueOption, readQueueUrl } from '../queue.js';
import { keyValues } from '../table.js';

interface ServeArguments extends PoolArguments {
  readonly DIR: readonly string[];
  readonly host: string;
  readonly port: string;
  readonly apiKeys?: string;
  readonly maxQueue?: string;
  readonly bodyLimit?: string;
  readonly queue?: string;
}

export const serve: Command<ServeArguments> = {
  usage: 'serve <DIR..>',
  summary: 'Prove over HTTP, with a page to try the models',
  examples: [
    ['serve build', 'http://127.0.0.1:8080 shows the page; /openapi.json describes the rest'],
    ['serve build other --host 0.0.0.0 --api-keys keys.txt', 'two models, for those who have a key'],
  ],
  options: (y) =>
    y
      .positional('DIR', {
        describe: 'artifact directories with keys, one for each model',
        type: 'string',
        array: true,
        demandOption: true,
      })
      .option('host', {
        describe: 'address to listen on; all but this machine’s own need API keys',
        type: 'string',
        default: '127.0.0.1',
        requiresArg: true,
      })
      .option('port', { describe: 'port; 0 takes a free one', type: 'string', default: '8080', requiresArg: true })
      .option('api-keys', {
        describe: 'file with a name and a key (22 characters at least) on each line; or in ZKINFER_API_KEYS',
        type: 'string',
        requiresArg: true,
      })
      .option('max-queue', {
        describe: 'inferences that may wait (default: 100); further ones are answered with status 429',
        type: 'string',
        requiresArg: true,
      })
      .option('body-limit', {
        describe: 'bytes of a request (default: what the largest input takes as text)',
        type: 'string',
        requiresArg: true,
      })
      .options(poolOptions)
      .option('queue', {
        ...queueOption,
        describe: 'workers of this queue make the proofs; without a value, the URL is that in ZKINFER_QUEUE_URL',
      })
      .epilogue(
        'Without --queue everything is in memory. Interrupted, it lets the proofs end that are under way; interrupted twice, it ends at once.',
      ),
  run: async (args, { signal, onProgress, note, env }) => {
    const { host, workers, threads, backend } = args;
    if (args.queue !== undefined) refuseWithQueue({ workers, threads, backend });
    const apiKeys = await readKeys(args.apiKeys, env.ZKINFER_API_KEYS);
    const port = readCount('port', args.port)!;
    if (port > 65_535) throw new ZkinferError('USAGE', '--port takes a number up to 65535');
    const server = await serveModels(args.DIR, {
      host,
      port,
      signal,
      onProgress,
      ...readPoolOptions(args),
      ...given({
        apiKeys,
        maxQueue: readCount('max-queue', args.maxQueue),
        bodyLimit: readCount('body-limit', args.bodyLimit, 1),
        queue: args.queue === undefined ? undefined : readQueueUrl(args.queue, env),
      }),
    });
    const { url, models } = server;
    for (const { name, manifest } of models) note(`${name}: ${manifest.modelId}`);
    note(`listening on ${url}`);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    note('ending, once the proofs under way have ended; interrupt again to end at once');
    await server.close();
    return {
      document: { format: 'zkinfer-serve', version: 1, url, models: models.map(({ manifest }) => manifest.modelId) },
      text: keyValues([['ended', url]]),
    };
  },
};

/** @throws IO */
async function readKeys(file: string | undefined, text: string | undefined): Promise<string | undefined> {
  return file === undefined ? text : readText(file);
}
