import { ZkinferError } from '../../errors.js';
import {
  compileVerifier,
  deploymentCall,
  parseAddress,
  readContract,
  type ContractCall,
  type Hex,
} from '../../index.js';
import { openAccount, sendOptions, sendOutcome, sendWithConsent, type SendArguments } from '../chain.js';
import type { Command } from '../command.js';
import { given, readCommitment } from '../options.js';

const CONTRACTS = ['registry', 'market', 'feed', 'verifier'] as const;

interface DeployArguments extends SendArguments {
  readonly CONTRACT: (typeof CONTRACTS)[number];
  readonly DIR?: string;
  readonly registry?: string;
  readonly allowDevelopmentKey: boolean;
  readonly weightsCommitment?: string;
}

export const deploy: Command<DeployArguments> = {
  usage: 'deploy <CONTRACT> [DIR]',
  summary: 'Put a contract on a chain',
  examples: [
    ['deploy registry --rpc URL', 'models as tokens'],
    ['deploy market --registry 0x... --rpc URL', 'a market, or with `feed` an oracle, for the models of a registry'],
    ['deploy verifier build --rpc URL', 'the verifier of the model in build'],
  ],
  options: (y) =>
    y
      .positional('CONTRACT', { describe: 'which contract', choices: CONTRACTS, demandOption: true })
      .positional('DIR', { describe: 'artifact directory of the model, for `verifier`', type: 'string' })
      .option('registry', { describe: 'address of the registry, for `market` and `feed`', type: 'string', requiresArg: true })
      .option('allow-development-key', {
        describe: 'deploy a verifier for keys of `setup --dev` too; the contract is marked as not for production',
        type: 'boolean',
        default: false,
      })
      .option('weights-commitment', {
        describe: 'commitment (0x...) of the model that the verifier accepts, where the weights are committed',
        type: 'string',
        requiresArg: true,
      })
      .options(sendOptions),
  run: async (args, context) => {
    const call = await deployment(args);
    const connection = await openAccount(args, context);
    try {
      const result = await sendWithConsent(connection, call, args, context);
      const address = result.sent?.contractAddress;
      return sendOutcome('deploy', call, result, {
        contract: args.CONTRACT,
        ...(address === undefined ? {} : { address }),
      });
    } finally {
      connection.close();
    }
  },
};

async function deployment(args: DeployArguments): Promise<ContractCall> {
  const { CONTRACT, DIR, registry, allowDevelopmentKey } = args;
  const what = `deployment of the ${CONTRACT}`;
  const expect = (holds: boolean, message: string): void => {
    if (!holds) throw new ZkinferError('USAGE', message);
  };
  expect((DIR !== undefined) === (CONTRACT === 'verifier'), '`deploy verifier` takes an artifact directory, the others none');
  if (CONTRACT === 'verifier') {
    const weightsCommitment = readCommitment('weights-commitment', args.weightsCommitment);
    return deploymentCall(what, await compileVerifier(DIR!, { allowDevelopmentKey, ...given({ weightsCommitment }) }));
  }
  if (CONTRACT === 'registry') return deploymentCall(what, await readContract('ModelRegistry'));
  expect(registry !== undefined, `\`deploy ${CONTRACT}\` takes --registry`);
  const argument: Hex = parseAddress(registry!, 'the registry');
  return deploymentCall(what, await readContract(CONTRACT === 'market' ? 'InferenceMarket' : 'InferenceFeed'), [argument]);
}

