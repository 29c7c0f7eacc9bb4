import { ZkinferError } from '../../errors.js';
import {
  deliveredTensors,
  findDelivery,
  findRequest,
  formatAmount,
  marketAt,
  parseAddress,
  readCredit,
  readHead,
  readManifest,
  readModel,
  readReputation,
  readRequest,
  registryAt,
  registryOf,
  requestContext,
  requestTensors,
  writeFileAtomic,
  type ChainConnection,
  type ContractReference,
  type Hex,
  type Manifest,
  type MarketRequest,
  type OutputTensor,
} from '../../index.js';
import { assertModel, chainOptions, marketOption, openReader, readRequestId, type ChainArguments } from '../chain.js';
import type { Command, Context } from '../command.js';
import { readCount } from '../options.js';
import { keyValues } from '../table.js';
import { tensorDocument, tensorText } from '../tensor-text.js';

interface ShowArguments extends Pick<ChainArguments, 'rpc'> {
  readonly market: string;
  readonly request?: string;
  readonly account?: string;
  readonly model?: string;
  readonly saveInput?: string;
  readonly fromBlock?: string;
}

/** What is told: facts for programs, lines and tensors for people. */
interface Told {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly lines: readonly (readonly [string, string])[];
  readonly outputs?: readonly OutputTensor[];
}

interface MarketReader {
  readonly connection: ChainConnection;
  readonly market: ContractReference;
}

export const marketShow: Command<ShowArguments> = {
  usage: 'show',
  summary: 'A request of a market, or what an account did there and may withdraw',
  examples: [
    ['market show --market 0x... --request 0x... --model build', 'with its output, as the model in build gives it'],
    [
      'market show --market 0x... --request 0x... --model build --account 0x... --save-input input.json',
      'what a proof of this account’s takes: `prove build --input input.json --integers --context` and `submit`',
    ],
    ['market show --market 0x... --account 0x...', 'credit and reputation'],
  ],
  options: (y) =>
    y
      .option('market', marketOption)
      .option('request', { describe: 'id of the request (0x...)', type: 'string', requiresArg: true })
      .option('account', { describe: 'address of a prover or consumer', type: 'string', requiresArg: true })
      .option('model', {
        describe: 'artifact directory of the model, to read input and output by',
        type: 'string',
        requiresArg: true,
      })
      .option('save-input', {
        describe: 'file for the integers of a public input (.json); takes --model',
        type: 'string',
        requiresArg: true,
      })
      .option('from-block', {
        describe: 'where to search for the request and its delivery (default: everywhere)',
        type: 'string',
        requiresArg: true,
      })
      .option('rpc', chainOptions.rpc),
  run: async (args, context) => {
    if (args.request === undefined && args.account === undefined) {
      throw new ZkinferError('USAGE', '`market show` takes --request, --account or both');
    }
    if (args.saveInput !== undefined && (args.request === undefined || args.model === undefined)) {
      throw new ZkinferError('USAGE', '--save-input takes --request and --model');
    }
    const account = args.account === undefined ? undefined : parseAddress(args.account, 'the account');
    const connection = await openReader(args, context);
    try {
      const market = await marketAt(args.market);
      const reader = { connection, market };
      const told: Told[] = [{ facts: { market: market.address }, lines: [['market', market.address]] }];
      if (args.request !== undefined) told.push(await tellRequest(reader, args, context));
      if (args.request !== undefined && account !== undefined)
        told.push(await tellContext(reader, args.request, account));
      if (account !== undefined) told.push(await tellAccount(reader, account));
      const facts = Object.assign({}, ...told.map((one) => one.facts)) as Told['facts'];
      const outputs = told.flatMap((one) => one.outputs ?? []);
      return {
        document: { format: 'zkinfer-market-show', version: 1, ...facts, outputs: outputs.map(tensorDocument) },
        text: [keyValues(told.flatMap(({ lines }) => lines)), ...outputs.map(tensorText)].join('\n'),
      };
    } finally {
      connection.close();
    }
  },
};

async function tellRequest(reader: MarketReader, args: ShowArguments, { signal }: Context): Promise<Told> {
  const { connection, market } = reader;
  const request = await readRequest(connection, market, readRequestId(args.request!));
  if (request.status === 'none') {
    return { facts: { request }, lines: [['request', `${request.id}: there is none`]] };
  }
  const manifest = args.model === undefined ? undefined : await readManifest(args.model);
  if (manifest !== undefined) await assertModelOf(reader, request, manifest);
  const { number: head } = await readHead(connection);
  const range = [request.id, readCount('from-block', args.fromBlock) ?? 0, head] as const;
  const posted = await findRequest(connection, market, ...range);
  const delivery = request.status === 'fulfilled' ? await findDelivery(connection, market, ...range) : undefined;
  const lines: (readonly [string, string])[] = requestLines(request);
  if (args.saveInput !== undefined) {
    if (posted === undefined) throw new ZkinferError('USAGE', 'the request was posted before --from-block');
    await writeFileAtomic(args.saveInput, inputJson(manifest!, posted.input), { signal });
    lines.push(['input', args.saveInput]);
  }
  if (request.status === 'fulfilled') lines.push(['output', delivery?.output ?? 'delivered before --from-block']);
  return {
    facts: { request, input: posted?.input ?? null, ...(delivery === undefined ? {} : { delivery }) },
    lines,
    ...(delivery === undefined || manifest === undefined
      ? {}
      : { outputs: deliveredTensors(manifest, delivery.output) }),
  };
}

/** For `prove --integers`. @throws USAGE where the input is committed: the chain does not have it */
function inputJson(manifest: Manifest, input: Hex): string {
  if (manifest.statement.input === 'committed') {
    throw new ZkinferError('USAGE', 'the input is committed: its consumer has the opening, the chain has not');
  }
  const tensors = requestTensors(manifest, input).map(({ name, integers }) => [name, [...integers]] as const);
  return `${JSON.stringify(Object.fromEntries(tensors))}\n`;
}

async function tellContext({ connection, market }: MarketReader, request: string, account: Hex): Promise<Told> {
  const context = await requestContext(connection, market, readRequestId(request), account);
  return { facts: { context }, lines: [['context', context]] };
}

async function tellAccount({ connection, market }: MarketReader, account: Hex): Promise<Told> {
  const [credit, reputation] = await Promise.all([
    readCredit(connection, market, account),
    readReputation(connection, market, account),
  ]);
  const { claimed, delivered, slashed } = reputation;
  return {
    facts: { account, credit, reputation },
    lines: [
      ['account', account],
      ['credit', formatAmount(credit)],
      ['did', `${claimed} claimed, ${delivered} delivered, ${slashed} slashed`],
    ],
  };
}

async function assertModelOf(
  { connection, market }: MarketReader,
  { modelToken }: MarketRequest,
  manifest: Manifest,
): Promise<void> {
  const registry = await registryAt(await registryOf(connection, market));
  assertModel(await readModel(connection, registry, modelToken), manifest);
}

function requestLines(request: MarketRequest): (readonly [string, string])[] {
  const time = (seconds: number): string => new Date(seconds * 1_000).toISOString();
  const { claim, deliveredBy } = request;
  return [
    ['request', request.id],
    ['status', request.status],
    ['consumer', request.consumer],
    ['model', `token ${request.modelToken}`],
    ['bounty', formatAmount(request.bounty)],
    ['stake', formatAmount(request.stake)],
    ['deadline', time(request.deadline)],
    ...(claim === undefined ? [] : [['claimed by', `${claim.prover} until ${time(claim.expiry)}`] as const]),
    ...(deliveredBy === undefined ? [] : [['delivered by', deliveredBy] as const]),
  ];
}
