import { ExitCode, ZkinferError } from '../../errors.js';
import {
  contributeToSetup,
  contributeToZkey,
  inspectCeremonyFile,
  makeDevelopmentPtau,
  verifyPowers,
  verifySetup,
  verifyZkey,
  type Beacon,
  type CeremonyFile,
  type KeyContribution,
  type KeyVerdict,
  type PtauVerdict,
} from '../../index.js';
import { bindCommand, bindGroup, type Command, type Context, type Outcome } from '../command.js';
import { contributionLines, originText } from '../contribution-text.js';
import { given, readCount } from '../options.js';
import { keyValues } from '../table.js';

const KEY_ARGUMENT = {
  describe: 'artifact directory, or a .zkey file',
  type: 'string',
  demandOption: true,
} as const;
const outputOption = {
  alias: 'o',
  describe: 'new .zkey, where a .zkey file is given; a directory is updated',
  type: 'string',
  requiresArg: true,
} as const;
const threadsOption = { describe: 'worker threads', type: 'string', requiresArg: true } as const;

interface ContributeArguments {
  readonly KEY: string;
  readonly output?: string;
  readonly name?: string;
  readonly threads?: string;
}

const contribute: Command<ContributeArguments> = {
  usage: 'contribute <KEY>',
  summary: 'Contribute randomness to a key; one honest contributor makes it safe',
  examples: [
    ['ceremony contribute build --name "Ada"', 'to the key of an artifact directory'],
    ['ceremony contribute key.zkey -o next.zkey', 'to a key that was passed on as a file'],
  ],
  options: (y) =>
    y
      .positional('KEY', KEY_ARGUMENT)
      .option('output', outputOption)
      .option('name', { describe: 'who contributes, at most 64 characters', type: 'string', requiresArg: true })
      .option('threads', threadsOption),
  run: ({ KEY, output, name, threads }, context) => addContribution(KEY, output, { name, threads }, context),
};

interface BeaconArguments extends ContributeArguments {
  readonly BEACON: string;
  readonly iterations: string;
}

const beacon: Command<BeaconArguments> = {
  usage: 'beacon <KEY> <BEACON>',
  summary: 'End a ceremony with a public value that nobody could know before',
  examples: [['ceremony beacon build 0102...1f --iterations 30', 'the value is hashed 2^30 times']],
  options: (y) =>
    y
      .positional('KEY', KEY_ARGUMENT)
      .positional('BEACON', { describe: 'the value, 1 to 255 bytes in hex', type: 'string', demandOption: true })
      .option('iterations', {
        describe: 'N for 2^N iterations of SHA-256, 10 to 63',
        type: 'string',
        default: '10',
        requiresArg: true,
      })
      .option('output', outputOption)
      .option('name', { describe: 'what the value is', type: 'string', requiresArg: true })
      .option('threads', threadsOption),
  run: ({ KEY, BEACON, output, name, iterations, threads }, context) => {
    const value = BEACON.replace(/^0x/, '').toLowerCase();
    const iterationsExponent = readCount('iterations', iterations)!;
    return addContribution(KEY, output, { name, threads, beacon: { value, iterationsExponent } }, context);
  },
};

interface Details {
  readonly name: string | undefined;
  readonly threads: string | undefined;
  readonly beacon?: Beacon;
}

async function addContribution(
  key: string,
  output: string | undefined,
  { name, threads, beacon }: Details,
  { signal, onProgress, note }: Context,
): Promise<Outcome> {
  const options = { signal, onProgress, ...given({ threads: readCount('threads', threads, 1) }) };
  const details = given({ name, beacon });
  const isFile = key.endsWith('.zkey');
  if (isFile !== (output !== undefined)) {
    throw new ZkinferError('USAGE', isFile ? 'give --output for a .zkey file' : '--output goes with a .zkey file only');
  }
  const added: KeyContribution =
    output === undefined
      ? await contributeToSetup(key, details, options)
      : await contributeToZkey(key, output, details, options);
  const { hash, index } = added;
  note('publish the hash of your contribution: it shows that the final key has it');
  const written = output ?? key;
  return {
    document: { format: 'zkinfer-contribution', version: 1, key: written, index, hash },
    text: keyValues([
      ['contribution', `${index}${name === undefined ? '' : `, ${name}`}`],
      ['hash', hash],
      ['written to', written],
    ]),
  };
}

interface VerifyArguments {
  readonly FILE: string;
  readonly ptau?: string;
  readonly r1cs?: string;
  readonly threads?: string;
}

const verify: Command<VerifyArguments> = {
  usage: 'verify <FILE>',
  summary: 'Check a key, or powers of tau, with all contributions; exit code 1 if something is wrong',
  examples: [
    ['ceremony verify build --ptau pot18.ptau', 'the key of an artifact directory'],
    ['ceremony verify key.zkey --r1cs circuit.r1cs --ptau pot18.ptau', 'a key that was passed on as a file'],
    ['ceremony verify pot18.ptau', 'the powers of tau themselves'],
  ],
  options: (y) =>
    y
      .positional('FILE', {
        describe: 'artifact directory, .zkey or .ptau file',
        type: 'string',
        demandOption: true,
      })
      .option('ptau', { describe: 'powers of tau that a key was made from', type: 'string', requiresArg: true })
      .option('r1cs', { describe: 'circuit of a .zkey file', type: 'string', requiresArg: true })
      .option('threads', threadsOption),
  run: async ({ FILE, ptau, r1cs, threads }, { signal, onProgress, note }) => {
    const options = { signal, onProgress, ...given({ threads: readCount('threads', threads, 1) }) };
    if (FILE.endsWith('.ptau')) {
      if (ptau !== undefined || r1cs !== undefined) {
        throw new ZkinferError('USAGE', '--ptau and --r1cs go with a key');
      }
      return powersOutcome(await verifyPowers(FILE, options));
    }
    const isFile = FILE.endsWith('.zkey');
    if (ptau === undefined)
      throw new ZkinferError('USAGE', 'give --ptau: the powers of tau that the key was made from');
    if (isFile !== (r1cs !== undefined)) {
      throw new ZkinferError('USAGE', isFile ? 'give --r1cs for a .zkey file' : '--r1cs goes with a .zkey file only');
    }
    const verdict =
      r1cs === undefined
        ? await verifySetup(FILE, ptau, options)
        : await verifyZkey({ zkey: FILE, r1cs, ptau }, options);
    if (verdict.valid && verdict.ptau.origin === 'unknown') {
      note(`the powers of tau are no published file: check them with \`zkinfer ceremony verify ${ptau}\``);
    }
    return keyOutcome(verdict);
  },
};

function keyOutcome({ valid, reason, circuitHash, contributions, ptau }: KeyVerdict): Outcome {
  const { origin, power, blake2b } = ptau;
  return {
    document: {
      ...{ format: 'zkinfer-ceremony-verify', version: 1, valid, ...given({ reason }), circuitHash, contributions },
      ptau: { origin, power, blake2b },
    },
    text: [
      valid ? 'valid' : `invalid: ${reason}`,
      keyValues([
        ['circuit hash', circuitHash],
        ['powers of tau', `2^${power}, ${originText(origin)}`],
      ]),
      ...contributionLines(contributions),
    ].join('\n'),
    exitCode: valid ? ExitCode.Ok : ExitCode.Invalid,
  };
}

function powersOutcome({ valid, reason, ptau }: PtauVerdict): Outcome {
  const { origin, power, blake2b, contributions } = ptau;
  return {
    document: {
      ...{ format: 'zkinfer-ceremony-verify', version: 1, valid, ...given({ reason }), contributions },
      ptau: { origin, power, blake2b },
    },
    text: [
      valid ? 'valid' : `invalid: ${reason}`,
      keyValues([['powers of tau', `2^${power}, ${originText(origin)}`]]),
      ...contributionLines(contributions),
    ].join('\n'),
    exitCode: valid ? ExitCode.Ok : ExitCode.Invalid,
  };
}

const info: Command<{ readonly FILE: string }> = {
  usage: 'info <FILE>',
  summary: 'What a .zkey or .ptau file says of itself, without verifying it',
  examples: [['ceremony info pot18.ptau', 'its power, whether it is a published file, its contributions']],
  options: (y) =>
    y.positional('FILE', {
      describe: '.zkey, .ptau or artifact directory',
      type: 'string',
      demandOption: true,
    }),
  run: async ({ FILE }, { signal, onProgress }) => {
    const file = await inspectCeremonyFile(FILE, { signal, onProgress });
    return {
      document: { format: 'zkinfer-ceremony-info', version: 1, ...file },
      text: [keyValues(fileRows(file)), ...contributionLines(file.contributions)].join('\n'),
    };
  },
};

function fileRows(file: CeremonyFile): [string, string][] {
  if (file.kind === 'ptau') {
    return [
      ['file', file.prepared ? 'powers of tau, prepared for phase 2' : 'powers of tau, not prepared for phase 2'],
      ['power', `${file.power}${file.ceremonyPower === file.power ? '' : ` of ${file.ceremonyPower}`}`],
      ['origin', originText(file.origin)],
      ['blake2b', file.blake2b],
      ['sha256', file.sha256],
    ];
  }
  return [
    ['file', file.development ? 'proving key for development: whoever made it can forge proofs' : 'proving key'],
    ['circuit', `${file.wires} wires, ${file.publicSignals} public signals, domain 2^${file.domainPower}`],
    ...(file.development ? [] : [['circuit hash', file.circuitHash] as [string, string]]),
  ];
}

interface DevPtauArguments {
  readonly power: string;
  readonly output: string;
  readonly threads?: string;
}

const devPtau: Command<DevPtauArguments> = {
  usage: 'dev-ptau',
  summary: 'Make a powers-of-tau file for development: seconds, not for production',
  examples: [['ceremony dev-ptau --power 16 -o dev16.ptau', 'for circuits of up to 65,536 rows']],
  options: (y) =>
    y
      .option('power', {
        describe: 'log2 of the rows of the largest circuit',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('output', {
        ...{ alias: 'o', describe: 'file to write', type: 'string' },
        ...{ demandOption: true, requiresArg: true },
      })
      .option('threads', threadsOption),
  run: async ({ power, output, threads }, { signal, onProgress, note }) => {
    const count = readCount('power', power, 1)!;
    const options = { signal, onProgress, ...given({ threads: readCount('threads', threads, 1) }) };
    await makeDevelopmentPtau(count, output, options);
    note('powers of tau for development: whoever made them can forge proofs for every key that comes from them');
    return {
      document: { format: 'zkinfer-dev-ptau', version: 1, power: count, file: output },
      text: keyValues([
        ['power', power],
        ['written to', output],
      ]),
    };
  },
};

export const ceremony = bindGroup('ceremony', 'Ceremonies that make keys safe for production', [
  bindCommand(contribute),
  bindCommand(beacon),
  bindCommand(verify),
  bindCommand(info),
  bindCommand(devPtau),
]);
