import { ZkinferError } from '../../errors.js';
import {
  claimCall,
  findDelivery,
  formatAmount,
  marketAt,
  parseAddress,
  readCredit,
  readHead,
  readReputation,
  readRequest,
  refundCall,
  requestContext,
  signerAddress,
  withdrawCall,
  type ChainConnection,
  type ContractCall,
  type ContractReference,
  type MarketRequest,
} from '../../index.js';
import {
  openAccount,
  openReader,
  readRequestId,
  sendOptions,
  sendOutcome,
  sendWithConsent,
  type SendArguments,
} from '../chain.js';
import type { Command, Context, Outcome } from '../command.js';
import { readCount } from '../options.js';
import { keyValues } from '../table.js';

const ACTIONS = ['show', 'claim', 'refund', 'withdraw'] as const;

interface MarketArguments extends SendArguments {
  readonly ACTION: (typeof ACTIONS)[number];
  readonly market: string;
  readonly request?: string;
  readonly account?: string;
  readonly to?: string;
  readonly fromBlock?: string;
}

export const market: Command<MarketArguments> = {
  usage: 'market <ACTION>',
  summary: 'Look at a market, claim, have refunded, withdraw',
  examples: [
    [
      'market show --market 0x... --request 0x... --account 0x...',
      'a request, and the context for a proof of this account’s',
    ],
    ['market show --market 0x... --account 0x...', 'what an account did and may withdraw'],
    ['market claim --market 0x... --request 0x...', 'pay the stake and reserve a request'],
    ['market refund --market 0x... --request 0x...', 'after the deadline'],
    ['market withdraw --market 0x... --to 0x...', 'fetch what the account has earned'],
  ],
  options: (y) =>
    y
      .positional('ACTION', { describe: 'what to do', choices: ACTIONS, demandOption: true })
      .option('market', { describe: 'address of the market', type: 'string', demandOption: true, requiresArg: true })
      .option('request', { describe: 'id of the request (0x...)', type: 'string', requiresArg: true })
      .option('account', { describe: 'address to tell about, for `show`', type: 'string', requiresArg: true })
      .option('to', {
        describe: 'who gets what is withdrawn (default: the account itself)',
        type: 'string',
        requiresArg: true,
      })
      .option('from-block', {
        describe: 'where to search for the delivery, for `show`',
        type: 'string',
        requiresArg: true,
      })
      .options(sendOptions),
  run: async (args, context) => (args.ACTION === 'show' ? show(args, context) : send(args, context)),
};

async function send(args: MarketArguments, context: Context): Promise<Outcome> {
  const connection = await openAccount(args, context);
  try {
    const contract = await marketAt(args.market);
    const call = await callOf(args, connection, contract);
    const result = await sendWithConsent(connection, call, args, context);
    return sendOutcome(`market-${args.ACTION}`, call, result, {
      market: contract.address,
      ...(args.request === undefined ? {} : { request: readRequestId(args.request) }),
    });
  } finally {
    connection.close();
  }
}

async function callOf(
  args: MarketArguments,
  connection: ChainConnection,
  contract: ContractReference,
): Promise<ContractCall> {
  if (args.ACTION === 'withdraw') return withdrawCall(contract, args.to ?? (await signerAddress(connection)));
  if (args.request === undefined) throw new ZkinferError('USAGE', `\`market ${args.ACTION}\` takes --request`);
  const id = readRequestId(args.request);
  if (args.ACTION === 'refund') return refundCall(contract, id);
  return claimCall(contract, id, (await readRequest(connection, contract, id)).stake);
}

async function show(args: MarketArguments, context: Context): Promise<Outcome> {
  if (args.request === undefined && args.account === undefined) {
    throw new ZkinferError('USAGE', '`market show` takes --request, --account or both');
  }
  const fromBlock = readCount('from-block', args.fromBlock) ?? 0;
  const account = args.account === undefined ? undefined : parseAddress(args.account, 'the account');
  const connection = await openReader(args, context);
  try {
    const contract = await marketAt(args.market);
    const facts: Record<string, unknown> = { market: contract.address };
    const lines: [string, string][] = [['market', contract.address]];
    if (args.request !== undefined) {
      const request = await readRequest(connection, contract, readRequestId(args.request));
      facts.request = request;
      lines.push(...requestLines(request));
      if (request.status === 'fulfilled') {
        const { number } = await readHead(connection);
        facts.delivery = (await findDelivery(connection, contract, request.id, fromBlock, number)) ?? null;
        const output = (facts.delivery as { output?: string } | null)?.output;
        lines.push(['output', output ?? 'in an earlier block: see --from-block']);
      }
      if (account !== undefined) {
        facts.context = await requestContext(connection, contract, request.id, account);
        lines.push([`context`, facts.context as string]);
      }
    }
    if (account !== undefined) {
      const [credit, reputation] = await Promise.all([
        readCredit(connection, contract, account),
        readReputation(connection, contract, account),
      ]);
      Object.assign(facts, { account, credit, reputation });
      const { claimed, delivered, slashed } = reputation;
      lines.push(['account', account], ['credit', formatAmount(credit)]);
      lines.push(['did', `${claimed} claimed, ${delivered} delivered, ${slashed} slashed`]);
    }
    return { document: { format: 'zkinfer-market-show', version: 1, ...facts }, text: keyValues(lines) };
  } finally {
    connection.close();
  }
}

function requestLines(request: MarketRequest): [string, string][] {
  const time = (seconds: number): string => new Date(seconds * 1_000).toISOString();
  if (request.status === 'none') return [['request', `${request.id}: there is none`]];
  return [
    ['request', request.id],
    ['status', request.status],
    ['consumer', request.consumer],
    ['model', `token ${request.modelToken}`],
    ['bounty', formatAmount(request.bounty)],
    ['stake', formatAmount(request.stake)],
    ['deadline', time(request.deadline)],
    ...(request.claim
      ? ([['claimed by', `${request.claim.prover} until ${time(request.claim.expiry)}`]] as const)
      : []),
    ...(request.deliveredBy === undefined ? [] : ([['delivered by', request.deliveredBy]] as const)),
  ] as [string, string][];
}
