import {
  assertContext,
  encodeCalldata,
  marketAt,
  parseAddress,
  parseProofDocument,
  readJsonFile,
  requestContext,
  signerAddress,
  submitCall,
} from '../../index.js';
import {
  marketOption,
  openAccount,
  readRequestId,
  requestOption,
  sendOptions,
  sendOutcome,
  sendWithConsent,
  type SendArguments,
} from '../chain.js';
import type { Command } from '../command.js';
import { dirArgument } from '../options.js';

interface SubmitArguments extends SendArguments {
  readonly DIR: string;
  readonly PROOF: string;
  readonly market: string;
  readonly request: string;
  readonly prover?: string;
}

export const submit: Command<SubmitArguments> = {
  usage: 'submit <DIR> <PROOF>',
  summary: 'Deliver a proof to a market',
  examples: [
    [
      'submit build proof.json --market 0x... --request 0x...',
      'the proof was made with --context, as `zkinfer market show` prints it',
    ],
  ],
  options: (y) =>
    y
      .positional('DIR', dirArgument)
      .positional('PROOF', { describe: 'proof.json', type: 'string', demandOption: true })
      .option('market', marketOption)
      .option('request', requestOption)
      .option('prover', {
        describe: 'who is paid: whom the proof was made for (default: the account that sends it)',
        type: 'string',
        requiresArg: true,
      })
      .options(sendOptions),
  run: async (args, context) => {
    const requestId = readRequestId(args.request);
    const document = parseProofDocument(await readJsonFile(args.PROOF), args.PROOF);
    const { input, output, proof } = await encodeCalldata(args.DIR, document);
    const connection = await openAccount(args, context);
    try {
      const market = await marketAt(args.market);
      const prover =
        args.prover === undefined ? await signerAddress(connection) : parseAddress(args.prover, 'the prover');
      assertContext(document, await requestContext(connection, market, requestId, prover));
      const call = submitCall(market, { requestId, prover, input, output, proof });
      const result = await sendWithConsent(connection, call, args, context);
      return sendOutcome('submit', call, result, { market: market.address, request: requestId, prover });
    } finally {
      connection.close();
    }
  },
};
