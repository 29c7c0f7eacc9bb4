import {
  claimCall,
  marketAt,
  readRequest,
  refundCall,
  signerAddress,
  withdrawCall,
  type ChainConnection,
  type ContractCall,
  type ContractReference,
  type Hex,
} from '../../index.js';
import {
  openAccount,
  marketOption,
  readRequestId,
  requestOption,
  sendOptions,
  sendOutcome,
  sendWithConsent,
  type SendArguments,
} from '../chain.js';
import { bindCommand, bindGroup, type Command, type Context, type Outcome } from '../command.js';
import { marketShow } from './market-show.js';

interface MarketArguments extends SendArguments {
  readonly market: string;
}

interface RequestArguments extends MarketArguments {
  readonly request: string;
}

const claim: Command<RequestArguments> = {
  usage: 'claim',
  summary: 'Pay the stake and reserve a request',
  examples: [['market claim --market 0x... --request 0x...', 'the stake comes back with the delivery']],
  options: (y) => y.options({ market: marketOption, request: requestOption, ...sendOptions }),
  run: (args, context) => {
    const id = readRequestId(args.request);
    const call = async (connection: ChainConnection, market: ContractReference): Promise<ContractCall> =>
      claimCall(market, id, (await readRequest(connection, market, id)).stake);
    return send('market-claim', args, context, call, { request: id });
  },
};

const refund: Command<RequestArguments> = {
  usage: 'refund',
  summary: 'Return the bounty of a request that nobody delivered in time',
  examples: [
    ['market refund --market 0x... --request 0x...', 'the consumer gets bounty, fee and half of a lost stake'],
  ],
  options: (y) => y.options({ market: marketOption, request: requestOption, ...sendOptions }),
  run: (args, context) => {
    const id = readRequestId(args.request);
    return send('market-refund', args, context, (_, market) => refundCall(market, id), { request: id });
  },
};

interface WithdrawArguments extends MarketArguments {
  readonly to?: string;
}

const withdraw: Command<WithdrawArguments> = {
  usage: 'withdraw',
  summary: 'Fetch what the account has earned',
  examples: [['market withdraw --market 0x... --to 0x...', 'to another address']],
  options: (y) =>
    y
      .option('market', marketOption)
      .option('to', { describe: 'who gets it (default: the account itself)', type: 'string', requiresArg: true })
      .options(sendOptions),
  run: (args, context) =>
    send('market-withdraw', args, context, async (connection, market) =>
      withdrawCall(market, args.to ?? (await signerAddress(connection))),
    ),
};

async function send(
  name: string,
  args: MarketArguments,
  context: Context,
  callOf: (connection: ChainConnection, market: ContractReference) => ContractCall | Promise<ContractCall>,
  facts: { readonly request?: Hex } = {},
): Promise<Outcome> {
  const connection = await openAccount(args, context);
  try {
    const market = await marketAt(args.market);
    const call = await callOf(connection, market);
    const result = await sendWithConsent(connection, call, args, context);
    return sendOutcome(name, call, result, { market: market.address, ...facts });
  } finally {
    connection.close();
  }
}

export const market = bindGroup('market', 'Look at a market, claim, have refunded, withdraw', [
  bindCommand(marketShow),
  bindCommand(claim),
  bindCommand(refund),
  bindCommand(withdraw),
]);
