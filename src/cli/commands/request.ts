import { ZkinferError } from '../../errors.js';
import {
  formatAmount,
  marketAt,
  parseAmount,
  readHead,
  readInput,
  readManifest,
  readModel,
  registryAt,
  registryOf,
  requestCall,
  requestedId,
  requestInput,
  verifierObjection,
  writeFileAtomic,
  type ChainConnection,
  type RegisteredModel,
} from '../../index.js';
import {
  assertModel,
  marketOption,
  openAccount,
  readSeconds,
  readToken,
  sendOptions,
  sendOutcome,
  sendWithConsent,
  type SendArguments,
} from '../chain.js';
import type { Command } from '../command.js';
import { dirArgument, given, indexOption, INPUT_HELP, inputOption, integersOption, readCount } from '../options.js';

interface RequestArguments extends SendArguments {
  readonly DIR: string;
  readonly market: string;
  readonly token: string;
  readonly input: string;
  readonly index?: string;
  readonly integers: boolean;
  readonly bounty: string;
  readonly stake?: string;
  readonly deadline: string;
  readonly window: string;
  readonly opening?: string;
  readonly allowDevelopmentKey: boolean;
  readonly trustVerifier: boolean;
  readonly universal?: string;
}

export const request: Command<RequestArguments> = {
  usage: 'request <DIR>',
  summary: 'Post a paid request for an inference to a market',
  examples: [
    [
      'request build --market 0x... --token 1 --input image.npy --bounty 0.01 --deadline 1h',
      'checks that the verifier behind token 1 is the one of the model in build',
    ],
  ],
  options: (y) =>
    y
      .positional('DIR', dirArgument)
      .option('market', marketOption)
      .option('token', {
        describe: 'the model, by its number in the registry',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('input', inputOption)
      .option('index', indexOption)
      .option('integers', integersOption)
      .option('bounty', {
        describe: 'for the prover: 0.01 for ether, or 20gwei',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('stake', {
        describe: 'what a claim costs until it is fulfilled; by default as much as the bounty',
        type: 'string',
        requiresArg: true,
      })
      .option('deadline', {
        describe: 'time for everything, such as 30m, 2h, 1d; the bounty is locked so long',
        type: 'string',
        default: '1h',
        requiresArg: true,
      })
      .option('window', { describe: 'time that a claim lives', type: 'string', default: '10m', requiresArg: true })
      .option('opening', {
        describe: 'file for what the prover of a committed input needs; hand it over on a private way',
        type: 'string',
        requiresArg: true,
      })
      .option('allow-development-key', {
        describe: 'use a model whose proofs can be forged by whoever made its key',
        type: 'boolean',
        default: false,
      })
      .option('universal', {
        describe: 'address of a universal verifier that you have checked, where the model is one of its',
        type: 'string',
        requiresArg: true,
      })
      .option('trust-verifier', {
        describe: 'do not check the verifier of the token; DIR then needs manifest.json only',
        type: 'boolean',
        default: false,
      })
      .options(sendOptions)
      .epilogue(INPUT_HELP),
  run: async (args, context) => {
    const { signal } = context;
    const bounty = parseAmount(args.bounty, '--bounty');
    const stake = args.stake === undefined ? bounty : parseAmount(args.stake, '--stake');
    const [time, claimWindow] = [readSeconds('deadline', args.deadline), readSeconds('window', args.window)];
    const token = readToken('token', args.token);
    const manifest = await readManifest(args.DIR);
    const options = { integers: args.integers, signal, ...given({ index: readCount('index', args.index) }) };
    const sample = await readInput(args.input, manifest.statement.inputs, options);
    const { input, opening } = await requestInput(manifest, sample.tensors);
    if ((opening !== undefined) !== (args.opening !== undefined)) {
      throw new ZkinferError(
        'USAGE',
        opening === undefined
          ? 'the input is public: leave --opening out'
          : 'the input is committed: name a file with --opening',
      );
    }
    const connection = await openAccount(args, context);
    try {
      const market = await marketAt(args.market);
      const registry = await registryAt(await registryOf(connection, market));
      const model = await readModel(connection, registry, token);
      assertModel(model, manifest);
      assertKeys(model, args.allowDevelopmentKey);
      if (!args.trustVerifier) await assertVerifier(connection, model, args);
      const deadline = (await readHead(connection)).timestamp + time;
      const terms = { modelToken: token, input, bounty, licenseFee: model.licenseFee, stake, deadline, claimWindow };
      const call = requestCall(market, terms);
      // Before it is sent: a request whose input nobody can open is lost.
      if (opening !== undefined && !args.dryRun) {
        await writeFileAtomic(args.opening!, `${JSON.stringify(opening, null, 1)}\n`, { mode: 0o600, signal });
      }
      const result = await sendWithConsent(connection, call, args, context);
      const facts = {
        market: market.address,
        token,
        bounty,
        licenseFee: model.licenseFee,
        stake,
        deadline,
        ...(result.sent === undefined ? {} : { request: requestedId(result.sent) }),
        ...(opening === undefined ? {} : { opening: args.opening! }),
      };
      return sendOutcome('request', call, result, facts, {
        bounty: formatAmount(bounty),
        licenseFee: formatAmount(model.licenseFee),
        stake: formatAmount(stake),
        deadline: new Date(deadline * 1_000).toISOString(),
      });
    } finally {
      connection.close();
    }
  },
};

/** A verifier that is another than it says can take anything for a proof. */
async function assertVerifier(
  connection: ChainConnection,
  { token, verifier, weightsCommitment }: RegisteredModel,
  { DIR, universal }: RequestArguments,
): Promise<void> {
  const isCommitted = BigInt(weightsCommitment) !== 0n;
  const check = { dir: DIR, verifier, ...(isCommitted ? { weightsCommitment } : {}), ...given({ universal }) };
  const objection = await verifierObjection(connection, check);
  if (objection === undefined) return;
  throw new ZkinferError('CHECK_FAILED', `token ${token} cannot be relied on: ${objection}`, {
    hint: 'give --trust-verifier where you have checked it yourself',
  });
}

function assertKeys({ developmentKey }: RegisteredModel, allowDevelopmentKey: boolean): void {
  if (!developmentKey || allowDevelopmentKey) return;
  throw new ZkinferError('KEY_UNSAFE', 'whoever made the keys of this model can forge its proofs', {
    hint: 'give --allow-development-key where that is no matter, such as on a test chain',
  });
}
