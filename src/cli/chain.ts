/** What commands that speak to a chain share: where it is, who signs, and the consent before anything is sent. */
import type { Options } from 'yargs';
import { readText } from '../artifacts/files.js';
import { ZkinferError } from '../errors.js';
import {
  connect,
  decryptKeystore,
  estimateCall,
  formatAmount,
  sendCall,
  type CallEstimate,
  type ChainConnection,
  type ContractCall,
  type Hex,
  type Manifest,
  type RegisteredModel,
  type SentCall,
} from '../index.js';
import type { Context, Outcome } from './command.js';
import { readCount } from './options.js';
import { grouped, keyValues } from './table.js';

export interface ChainArguments {
  readonly rpc?: string;
  readonly keystore?: string;
  readonly unlocked?: string;
}

export interface SendArguments extends ChainArguments {
  readonly yes: boolean;
  readonly dryRun: boolean;
}

export const chainOptions = {
  rpc: {
    describe: 'http or https address of an Ethereum node; or in the environment variable ZKINFER_RPC_URL',
    type: 'string',
    requiresArg: true,
  },
  keystore: {
    describe:
      'encrypted key file (geth and others write them); its password is asked for, or in ZKINFER_KEYSTORE_PASSWORD. ' +
      'Without it the key is in ZKINFER_PRIVATE_KEY',
    type: 'string',
    requiresArg: true,
  },
  unlocked: {
    describe: 'number of an account that the node itself signs for, on local chains',
    type: 'string',
    requiresArg: true,
  },
} as const satisfies Record<string, Options>;

export const marketOption = {
  describe: 'address of the market',
  type: 'string',
  demandOption: true,
  requiresArg: true,
} as const satisfies Options;

export const requestOption = {
  describe: 'id of the request (0x...)',
  type: 'string',
  demandOption: true,
  requiresArg: true,
} as const satisfies Options;

export const sendOptions = {
  ...chainOptions,
  yes: { alias: 'y', describe: 'send without asking', type: 'boolean', default: false },
  'dry-run': { describe: 'try it out and tell what it costs, send nothing', type: 'boolean', default: false },
} as const satisfies Record<string, Options>;

/** A connection that can read. @throws USAGE, TOOL_FAILED */
export async function openReader({ rpc }: ChainArguments, { env }: Context): Promise<ChainConnection> {
  return connect({ rpcUrl: rpcUrl(rpc, env) });
}

/** A connection with an account. @throws USAGE where there is none, TOOL_FAILED, IO */
export async function openAccount(args: ChainArguments, context: Context): Promise<ChainConnection> {
  const url = rpcUrl(args.rpc, context.env);
  const account = readCount('unlocked', args.unlocked);
  if (account !== undefined) return connect({ rpcUrl: url, account });
  return connect({ rpcUrl: url, privateKey: await privateKey(args, context) });
}

function rpcUrl(given: string | undefined, env: Context['env']): string {
  const url = given ?? env.ZKINFER_RPC_URL;
  if (url !== undefined && url !== '') return url;
  throw new ZkinferError('USAGE', 'no node is named', { hint: 'give --rpc URL, or set ZKINFER_RPC_URL' });
}

async function privateKey({ keystore }: ChainArguments, { env, ask }: Context): Promise<string> {
  if (keystore === undefined) {
    const key = env.ZKINFER_PRIVATE_KEY;
    if (key !== undefined && key !== '') return key;
    throw new ZkinferError('USAGE', 'no account is named', {
      hint: 'give --keystore FILE, set ZKINFER_PRIVATE_KEY, or on a local chain give --unlocked 0',
    });
  }
  const text = await readText(keystore);
  const password = env.ZKINFER_KEYSTORE_PASSWORD ?? (await ask?.(`password of ${keystore}: `, { isSecret: true }));
  if (password === undefined) {
    throw new ZkinferError('USAGE', 'the keystore needs its password', {
      hint: 'run on a terminal, or set ZKINFER_KEYSTORE_PASSWORD',
    });
  }
  return decryptKeystore(text, password);
}

/**
 * Shows what a call costs, asks, and sends it.
 * @returns nothing for a dry run
 * @throws TOOL_FAILED where it would fail; USAGE where nobody can be asked; ABORTED where the answer is no
 */
export async function sendWithConsent(
  connection: ChainConnection,
  call: ContractCall,
  { yes, dryRun }: SendArguments,
  { note, ask }: Context,
): Promise<{ readonly estimate: CallEstimate; readonly sent?: SentCall }> {
  const estimate = await estimateCall(connection, call);
  note(`${call.what}: ${costText(call, estimate)}`);
  if (dryRun) return { estimate };
  if (!yes) {
    if (ask === undefined) {
      throw new ZkinferError('USAGE', 'nobody can be asked whether to send this', {
        hint: 'give --yes to send without asking, or --dry-run to send nothing',
      });
    }
    const answer = await ask('send it? [y/N] ');
    if (!/^y(es)?$/i.test(answer.trim())) throw new ZkinferError('ABORTED', 'not sent');
  }
  return { estimate, sent: await sendCall(connection, call, { estimate }) };
}

function costText({ value }: ContractCall, { gas, feePerGas, maxCost }: CallEstimate): string {
  const along = value === 0n ? '' : ` and ${formatAmount(value)}`;
  return `${grouped(gas)} gas at ${formatGwei(feePerGas)} gwei${along}, at most ${formatAmount(maxCost)}`;
}

function formatGwei(wei: bigint): string {
  return (Number(wei) / 1e9).toFixed(3).replace(/\.?0+$/, '');
}

/**
 * What a command that sends one call gives.
 * @param facts of the document
 * @param shown what people read instead of some of them
 */
export function sendOutcome(
  name: string,
  call: ContractCall,
  { estimate, sent }: { readonly estimate: CallEstimate; readonly sent?: SentCall },
  facts: Readonly<Record<string, string | bigint | number | boolean>>,
  shown: Readonly<Record<string, string>> = {},
): Outcome {
  const label = (key: string): string => key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const lines: [string, string][] = Object.entries(facts).map(([key, value]) => [
    label(key),
    shown[key] ?? String(value),
  ]);
  const head = { format: `zkinfer-${name}`, version: 1, ...facts } as const;
  if (sent === undefined) {
    const { gas, feePerGas, maxCost } = estimate;
    return {
      document: {
        ...head,
        dryRun: true,
        gas,
        feePerGas,
        maxCost,
        to: call.to ?? null,
        data: call.data,
        value: call.value,
      },
      text: keyValues([
        ...lines,
        ['not sent', 'dry run'],
        ['gas', grouped(gas)],
        ['cost', `at most ${formatAmount(maxCost)}`],
      ]),
    };
  }
  const { transactionHash, gasUsed, fee, blockNumber } = sent;
  return {
    document: { ...head, transactionHash, blockNumber, gasUsed, fee },
    text: keyValues([...lines, ['transaction', transactionHash], ['gas', `${grouped(gasUsed)}, ${formatAmount(fee)}`]]),
  };
}

/** Seconds of `90s`, `10m`, `2h`, `1d`. @throws USAGE */
export function readSeconds(name: string, text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,9})(s|m|h|d)$/.exec(text.trim()) ?? [];
  const factor = { s: 1, m: 60, h: 3_600, d: 86_400 }[unit];
  if (factor !== undefined && number !== '' && Number(number) > 0) return Number(number) * factor;
  throw new ZkinferError('USAGE', `--${name} takes a time such as 90s, 10m, 2h or 1d`);
}

/** @throws USAGE */
export function readToken(name: string, text: string): bigint {
  if (/^\d{1,19}$/.test(text)) return BigInt(text);
  throw new ZkinferError('USAGE', `--${name} takes the number of a model’s token`);
}

/** @throws USAGE */
export function readRequestId(text: string): Hex {
  if (/^0x[0-9a-f]{64}$/i.test(text)) return text.toLowerCase() as Hex;
  throw new ZkinferError('USAGE', '--request takes 0x and 64 hex digits, as `zkinfer request` prints them');
}

/** @throws ARTIFACT_MISMATCH */
export function assertModel({ token, modelId }: RegisteredModel, manifest: Pick<Manifest, 'modelId'>): void {
  if (modelId === manifest.modelId) return;
  throw new ZkinferError('ARTIFACT_MISMATCH', `token ${token} is another model than the artifact directory’s`, {
    hint: 'use the token or the directory of the other one',
  });
}
