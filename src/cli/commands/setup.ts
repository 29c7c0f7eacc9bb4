import { ZkinferError } from '../../errors.js';
import { setupDevelopment, setupWithPtau } from '../../index.js';
import type { Command } from '../command.js';
import { dirArgument, given, readCount } from '../options.js';
import { keyValues } from '../table.js';

interface SetupArguments {
  readonly DIR: string;
  readonly dev: boolean;
  readonly ptau?: string;
  readonly threads?: string;
}

export const setup: Command<SetupArguments> = {
  usage: 'setup <DIR>',
  summary: 'Make proving and verification key',
  examples: [
    ['setup build --dev', 'keys for development: seconds, no ptau file, not for production'],
    ['setup build --ptau pot16.ptau', 'keys from a powers-of-tau file, for production'],
  ],
  options: (y) =>
    y
      .positional('DIR', dirArgument)
      .option('dev', { describe: 'single-party development keys', type: 'boolean', default: false })
      .option('ptau', { describe: 'powers-of-tau file, prepared for phase 2', type: 'string', requiresArg: true })
      .option('threads', { describe: 'worker threads', type: 'string', requiresArg: true }),
  run: async ({ DIR, dev, ptau, threads }, { signal, onProgress, note }) => {
    if (dev === (ptau !== undefined)) throw new ZkinferError('USAGE', 'give either --dev or --ptau FILE');
    const count = readCount('threads', threads, 1);
    const work = { signal, onProgress };
    const manifest =
      ptau === undefined
        ? await setupDevelopment(DIR, { ...work, ...given({ threads: count }) })
        : await setupWithPtau(DIR, ptau, { ...work, ...given({ threads: count }) });
    const { kind, ptauOrigin } = manifest.setup!;
    if (kind === 'development')
      note('development keys: whoever ran this setup could forge proofs; use --ptau for production');
    if (ptauOrigin === 'development') note('the powers of tau are for development: whoever made them can forge proofs');
    if (ptauOrigin === 'unknown')
      note('the powers of tau are no published file: trust in the keys rests on whoever made them');
    if (kind === 'ptau') note('let others contribute with `zkinfer ceremony contribute` before the keys are used');
    return {
      document: { format: 'zkinfer-setup', version: 1, dir: DIR, modelId: manifest.modelId, setup: manifest.setup },
      text: keyValues([
        ['model id', manifest.modelId],
        ['keys', `${kind}, for ${manifest.circuit.constraints} constraints (2^${manifest.circuit.domainPower})`],
        ['written to', DIR],
      ]),
    };
  },
};
