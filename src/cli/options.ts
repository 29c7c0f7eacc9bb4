/** Options that several commands share, and the reading of their values. */
import type { Options } from 'yargs';
import type { Hex, Visibility, WeightsMode } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { NATIVE_VARIANTS, type KeyOptions, type NativeChoice } from '../index.js';

export const INPUT_HELP =
  'DATA is .json, .jsonl, .npy, .npz or .csv, or a folder of such files with one sample each. Numbers are real numbers, quantized by the model, where the model takes floats - ' +
  'except arrays of the tensor’s own int8 or uint8 dtype, or with --integers: these are the model’s integers.';

export const dirArgument = {
  describe: 'artifact directory, made by `zkinfer compile`',
  type: 'string',
  demandOption: true,
} as const satisfies Options;

export const inputOption = {
  alias: 'i',
  describe: 'file with the input tensors',
  type: 'string',
  demandOption: true,
  requiresArg: true,
} as const satisfies Options;

export const indexOption = {
  describe: 'which sample of the file, counted from 0',
  type: 'string',
  requiresArg: true,
} as const satisfies Options;

export const integersOption = {
  describe: 'numbers are the model’s integers, even where it takes floats',
  type: 'boolean',
  default: false,
} as const satisfies Options;

export const batchOption = {
  describe: 'inferences in one proof',
  type: 'string',
  requiresArg: true,
} as const satisfies Options;

export const contextOption = {
  describe: '32 bytes (0x...) that bind the proof to its use',
  type: 'string',
  requiresArg: true,
} as const satisfies Options;

export interface VisibilityArguments {
  readonly input: Visibility;
  readonly output: Visibility;
  readonly weights: WeightsMode;
}

const VISIBILITIES: readonly Visibility[] = ['public', 'committed'];
const WEIGHTS_MODES: readonly WeightsMode[] = ['fixed', 'committed'];

export const visibilityOptions = {
  input: { describe: 'whether verifiers see the input', choices: VISIBILITIES, default: 'public', requiresArg: true },
  output: { describe: 'whether verifiers see the output', choices: VISIBILITIES, default: 'public', requiresArg: true },
  weights: {
    describe:
      'constants of the circuit, or private and committed to: then one setup serves every model of the architecture',
    choices: WEIGHTS_MODES,
    default: 'fixed',
    requiresArg: true,
  },
} as const satisfies Record<string, Options>;

/**
 * A count or index of the command line.
 *
 * @throws USAGE
 */
export function readCount(name: string, text: string | undefined, minimum = 0): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= minimum && Number.isSafeInteger(value)) return value;
  throw new ZkinferError('USAGE', `--${name} takes an integer from ${minimum} on`);
}

/** @throws USAGE */
export function readCommitment(name: string, text: string | undefined): Hex | undefined {
  if (text === undefined) return undefined;
  if (/^0x[0-9a-f]{64}$/i.test(text)) return text.toLowerCase() as Hex;
  throw new ZkinferError('USAGE', `--${name} takes 0x and 64 hex digits, as \`zkinfer commit\` prints them`);
}

/** @throws USAGE */
export function readKeyId(text: string | undefined): Hex | undefined {
  if (text === undefined) return undefined;
  if (/^0x[0-9a-f]{64}$/i.test(text)) return text.toLowerCase() as Hex;
  throw new ZkinferError('USAGE', '--key-id takes 0x and 64 hex digits, as `zkinfer export-key` prints them');
}

/** @throws USAGE */
export function readContext(text: string | undefined): Hex | undefined {
  if (text === undefined) return undefined;
  if (/^0x[0-9a-f]{64}$/i.test(text)) return text.toLowerCase() as Hex;
  throw new ZkinferError('USAGE', '--context takes 0x and 64 hex digits');
}

/** Options of the commands that give a key to contracts. */
export const keyOptions = {
  'weights-commitment': {
    describe: 'commitment (0x...) of the model that contracts accept, where the weights are committed',
    type: 'string',
    requiresArg: true,
  },
  cid: { describe: 'IPFS CID of the ONNX file, for contracts to tell', type: 'string', requiresArg: true },
  'allow-development-key': {
    describe: 'accept keys of `setup --dev`; contracts are marked as not for production',
    type: 'boolean',
    default: false,
  },
} as const satisfies Record<string, Options>;

export interface KeyArguments {
  readonly weightsCommitment?: string;
  readonly cid?: string;
  readonly allowDevelopmentKey: boolean;
}

/** @throws USAGE */
export function readKeyOptions({ allowDevelopmentKey, weightsCommitment, cid }: KeyArguments): KeyOptions {
  const commitment = readCommitment('weights-commitment', weightsCommitment);
  return { allowDevelopmentKey, ...given({ weightsCommitment: commitment, cid }) };
}

const NATIVE_CHOICES: readonly NativeChoice[] = ['auto', ...NATIVE_VARIANTS, 'off'];

/**
 * Which variant of the native code the environment asks for.
 *
 * @param text value of ZKINFER_NATIVE
 * @throws USAGE
 */
export function readNativeChoice(text: string | undefined): NativeChoice {
  if (text === undefined || text === '') return 'auto';
  const choice = NATIVE_CHOICES.find((name) => name === text);
  if (choice !== undefined) return choice;
  throw new ZkinferError('USAGE', `the environment variable ZKINFER_NATIVE takes ${NATIVE_CHOICES.join(', ')}`);
}

/** Leaves out what is undefined, for options that must be absent rather than undefined. */
export function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
