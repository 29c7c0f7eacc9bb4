import { ZkinferError } from '../../errors.js';
import {
  compileVerifier,
  contractCall,
  deploymentCall,
  exportKey,
  parseAddress,
  readCode,
  readContract,
  readView,
  type ChainConnection,
  type ContractCall,
  type ContractReference,
} from '../../index.js';
import { openAccount, sendOptions, sendOutcome, sendWithConsent, type SendArguments } from '../chain.js';
import type { Command, Context, Outcome } from '../command.js';
import { keyOptions, readKeyOptions, type KeyArguments } from '../options.js';

const CONTRACTS = ['registry', 'market', 'feed', 'universal', 'verifier', 'model'] as const;

interface DeployArguments extends SendArguments, KeyArguments {
  readonly CONTRACT: (typeof CONTRACTS)[number];
  readonly DIR?: string;
  readonly registry?: string;
  readonly universal?: string;
  readonly batch: boolean;
}

export const deploy: Command<DeployArguments> = {
  usage: 'deploy <CONTRACT> [DIR]',
  summary: 'Put a contract on a chain',
  examples: [
    ['deploy registry --rpc URL', 'models as tokens'],
    ['deploy market --registry 0x... --rpc URL', 'a market, or with `feed` an oracle, for the models of a registry'],
    ['deploy verifier build --rpc URL', 'the verifier of the model in build (needs solc)'],
    ['deploy universal --rpc URL', 'the verifier of all models'],
    [
      'deploy model build --universal 0x... --rpc URL',
      'its key for the model in build, and the contract that stands for it',
    ],
  ],
  options: (y) =>
    y
      .positional('CONTRACT', { describe: 'which contract', choices: CONTRACTS, demandOption: true })
      .positional('DIR', { describe: 'artifact directory, for `verifier` and `model`', type: 'string' })
      .option('registry', {
        describe: 'address of the registry, for `market` and `feed`',
        type: 'string',
        requiresArg: true,
      })
      .option('universal', {
        describe: 'address of the universal verifier, for `model`',
        type: 'string',
        requiresArg: true,
      })
      .option('batch', { describe: 'a verifier with `verifyBatch`', type: 'boolean', default: false })
      .options(keyOptions)
      .options(sendOptions),
  run: async (args, context) => {
    checkArguments(args);
    const connection = await openAccount(args, context);
    try {
      if (args.CONTRACT === 'model') return await deployModel(connection, args, context);
      const call = await deployment(args);
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

function checkArguments({ CONTRACT, DIR, registry, universal }: DeployArguments): void {
  const takesDir = CONTRACT === 'verifier' || CONTRACT === 'model';
  const takesRegistry = CONTRACT === 'market' || CONTRACT === 'feed';
  for (const [name, given, takes] of [
    ['an artifact directory', DIR, takesDir],
    ['--registry', registry, takesRegistry],
    ['--universal', universal, CONTRACT === 'model'],
  ] as const) {
    if ((given !== undefined) !== takes) {
      throw new ZkinferError(
        'USAGE',
        `\`deploy ${CONTRACT}\` takes ${takes ? '' : 'no '}${name.replace(takes ? '' : /^an /, '')}`,
      );
    }
  }
}

async function deployment(args: DeployArguments): Promise<ContractCall> {
  const { CONTRACT, DIR, registry, batch } = args;
  const what = `deployment of the ${CONTRACT === 'universal' ? 'universal verifier' : CONTRACT}`;
  switch (CONTRACT) {
    case 'verifier':
      return deploymentCall(what, await compileVerifier(DIR!, { ...readKeyOptions(args), batch }));
    case 'market':
    case 'feed': {
      const contract = await readContract(CONTRACT === 'market' ? 'InferenceMarket' : 'InferenceFeed');
      return deploymentCall(what, contract, [parseAddress(registry!, 'the registry')]);
    }
    default:
      return deploymentCall(what, await readContract(CONTRACT === 'registry' ? 'ModelRegistry' : 'UniversalVerifier'));
  }
}

/** Registers the key and deploys its contract, whichever of the two is not done yet. */
async function deployModel(connection: ChainConnection, args: DeployArguments, context: Context): Promise<Outcome> {
  const { abi } = await readContract('UniversalVerifier');
  const universal: ContractReference = { address: parseAddress(args.universal!, 'the universal verifier'), abi };
  const { keyId, data } = await exportKey(args.DIR!, readKeyOptions(args));
  const address = (await readView(connection, universal, 'modelAddress', [keyId])) as string;
  const facts = { contract: 'model', keyId, address };
  const done = { format: 'zkinfer-deploy', version: 1, ...facts, isNew: false } as const;
  if ((await readCode(connection, address)) !== '0x') {
    return { document: done, text: `the model is there already: ${address}` };
  }
  if (!(await readView(connection, universal, 'isRegistered', [keyId]))) {
    const call = contractCall('registration of the key', universal, 'registerKey', [data]);
    const result = await sendWithConsent(connection, call, args, context);
    if (result.sent === undefined) return sendOutcome('deploy', call, result, facts);
  }
  const call = contractCall('deployment of the model', universal, 'deployModel', [keyId]);
  return sendOutcome('deploy', call, await sendWithConsent(connection, call, args, context), facts);
}
