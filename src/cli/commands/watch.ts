import { formatAmount, parseAmount, watchMarket, type BackendName, type WatchEvent } from '../../index.js';
import { chainOptions, marketOption, openAccount, readSeconds, readToken, type ChainArguments } from '../chain.js';
import type { Command } from '../command.js';
import { given, readCount } from '../options.js';
import { backendOption, threadsOption, weightsOption } from '../proving.js';
import { duration, grouped, keyValues } from '../table.js';

interface WatchArguments extends ChainArguments {
  readonly DIR: readonly string[];
  readonly market: string;
  readonly token?: string;
  readonly universal?: string;
  readonly weights?: string;
  readonly minBounty: string;
  readonly maxStake?: string;
  readonly margin: string;
  readonly confirmations: string;
  readonly fromBlock?: string;
  readonly openings?: string;
  readonly withdrawFrom?: string;
  readonly interval: string;
  readonly backend?: BackendName;
  readonly threads?: string;
  readonly once: boolean;
}

export const watch: Command<WatchArguments> = {
  usage: 'watch <DIR..>',
  summary: 'Serve the requests of a market: claim, prove, deliver, withdraw',
  examples: [
    ['watch build --market 0x... --keystore prover.json', 'for every token whose verifier is the one of build'],
    ['watch build --market 0x... --token 3,4 --min-bounty 0.001', 'for these tokens; at least 0.001 ether after gas'],
  ],
  options: (y) =>
    y
      .positional('DIR', {
        describe: 'artifact directories with keys, one for each model',
        type: 'string',
        array: true,
        demandOption: true,
      })
      .option('market', marketOption)
      .option('token', {
        describe:
          'tokens to serve, with commas between them, whose verifiers you have checked. By default all whose verifier has the code that ' +
          'zkinfer makes for DIR (needs solc), or is of --universal: any other could refuse right proofs and so cost the stake',
        type: 'string',
        requiresArg: true,
      })
      .option('universal', {
        describe: 'address of a universal verifier that you have checked',
        type: 'string',
        requiresArg: true,
      })
      .option('weights', weightsOption)
      .option('min-bounty', {
        describe: 'what must be left of a bounty after gas',
        type: 'string',
        default: '0',
        requiresArg: true,
      })
      .option('max-stake', {
        describe: 'what a claim may cost (default: as much as the bounty)',
        type: 'string',
        requiresArg: true,
      })
      .option('margin', {
        describe: 'time that a claim must leave; three times the longest proof is asked too',
        type: 'string',
        default: '30s',
        requiresArg: true,
      })
      .option('confirmations', {
        describe: 'how deep a request must be, in blocks',
        type: 'string',
        default: '1',
        requiresArg: true,
      })
      .option('from-block', {
        describe: 'where to look for requests first (default: 5,000 blocks ago)',
        type: 'string',
        requiresArg: true,
      })
      .option('openings', {
        describe: 'folder with the openings of committed inputs, as consumers hand them over',
        type: 'string',
        requiresArg: true,
      })
      .option('withdraw-from', {
        describe: 'credit from which on it is fetched (default: twenty times the gas of that)',
        type: 'string',
        requiresArg: true,
      })
      .option('interval', {
        describe: 'time between two looks at the chain',
        type: 'string',
        default: '2s',
        requiresArg: true,
      })
      .option('backend', backendOption)
      .option('threads', threadsOption)
      .option('once', { describe: 'serve what there is now, then end', type: 'boolean', default: false })
      .options(chainOptions)
      .epilogue(
        'Sends transactions without asking. Interrupted once, it delivers what it has claimed and ends; interrupted twice, it ends at once.',
      ),
  run: async (args, context) => {
    const amount = (name: string, text: string | undefined): bigint | undefined =>
      text === undefined ? undefined : parseAmount(text, `--${name}`);
    const { weights, openings, universal, backend } = args;
    const options = {
      market: args.market,
      models: args.DIR.map((dir) => ({ dir, ...given({ weights }) })),
      minBounty: amount('min-bounty', args.minBounty)!,
      margin: readSeconds('margin', args.margin),
      confirmations: readCount('confirmations', args.confirmations, 1)!,
      interval: 1_000 * readSeconds('interval', args.interval),
      once: args.once,
      ...given({
        tokens: args.token?.split(',').map((token) => readToken('token', token.trim())),
        maxStake: amount('max-stake', args.maxStake),
        withdrawFrom: amount('withdraw-from', args.withdrawFrom),
        fromBlock: readCount('from-block', args.fromBlock),
        threads: readCount('threads', args.threads, 1),
        openings,
        universal,
        backend,
      }),
    };
    const connection = await openAccount(args, context);
    try {
      const { signal, note } = context;
      const report = await watchMarket({ ...options, connection, signal, onEvent: (event) => note(eventText(event)) });
      return {
        document: { format: 'zkinfer-watch', version: 1, ...report },
        text: keyValues([
          ['account', report.account],
          ['delivered', String(report.delivered.length)],
          ['missed', String(report.missed.length)],
          ['withdrawn', formatAmount(report.withdrawn)],
          ['gas', formatAmount(report.gasCost)],
        ]),
      };
    } finally {
      connection.close();
    }
  },
};

function eventText(event: WatchEvent): string {
  const who = 'requestId' in event && event.requestId !== undefined ? `${event.requestId}: ` : '';
  return `${new Date().toISOString()}  ${who}${whatHappened(event)}`;
}

function whatHappened(event: WatchEvent): string {
  switch (event.kind) {
    case 'watching':
      return `watching ${event.market} from block ${event.block} as ${event.account}`;
    case 'model':
      return `token ${event.token} is ${event.served ? 'served' : `not served: ${event.reason}`}`;
    case 'left':
      return event.reason;
    case 'claimed':
      return `claimed for ${formatAmount(event.stake)}, ${event.transactionHash}`;
    case 'proved':
      return `proved in ${duration(event.milliseconds)}`;
    case 'submitted':
      return `delivered with ${grouped(event.gasUsed)} gas, ${event.transactionHash}`;
    case 'paid':
      return `paid ${formatAmount(event.amount)}`;
    case 'missed':
      return `missed the deadline, which costs the stake of ${formatAmount(event.stake)}`;
    case 'reorganized':
      return 'the chain was reorganized: once more';
    case 'withdrawn':
      return `withdrew ${formatAmount(event.amount)}, ${event.transactionHash}`;
    case 'failed':
      return `${event.what}${event.retry ? '' : '; given up'}`;
    case 'stopping':
      return event.open === 0 ? 'ending' : 'ending, once what is claimed is delivered; interrupt again to end at once';
  }
}
