import { parseAmount, registerCall, registeredToken, registryAt } from '../../index.js';
import { openAccount, sendOptions, sendOutcome, sendWithConsent, type SendArguments } from '../chain.js';
import type { Command } from '../command.js';

interface RegisterArguments extends SendArguments {
  readonly registry: string;
  readonly verifier: string;
  readonly fee: string;
  readonly metadata: string;
  readonly allowDevelopmentKey: boolean;
}

export const register: Command<RegisterArguments> = {
  usage: 'register',
  summary: 'Make a token of a model in a registry',
  examples: [
    [
      'register --registry 0x... --verifier 0x... --fee 0.001 --metadata ipfs://...',
      'every paid inference then earns 0.001 ether for the owner of the token',
    ],
  ],
  options: (y) =>
    y
      .option('registry', {
        describe: 'address of the registry',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('verifier', {
        describe: 'contract that accepts the model’s proofs, from `deploy`',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('fee', {
        describe: 'license fee per inference: 0.001 for ether, or 20gwei, or 7wei',
        type: 'string',
        default: '0',
        requiresArg: true,
      })
      .option('metadata', {
        describe: 'URI of a document about the model',
        type: 'string',
        default: '',
        requiresArg: true,
      })
      .option('allow-development-key', {
        describe: 'register a verifier whose proofs can be forged by whoever made its key; everyone will see it',
        type: 'boolean',
        default: false,
      })
      .options(sendOptions),
  run: async (args, context) => {
    const { verifier, metadata: metadataUri, allowDevelopmentKey } = args;
    const licenseFee = parseAmount(args.fee, '--fee');
    const call = registerCall(await registryAt(args.registry), {
      verifier,
      licenseFee,
      metadataUri,
      allowDevelopmentKey,
    });
    const connection = await openAccount(args, context);
    try {
      const result = await sendWithConsent(connection, call, args, context);
      return sendOutcome('register', call, result, {
        registry: call.to!,
        ...(result.sent === undefined ? {} : { token: registeredToken(result.sent) }),
      });
    } finally {
      connection.close();
    }
  },
};
