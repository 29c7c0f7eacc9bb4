import { exportVerifier as writeVerifier } from '../../index.js';
import type { Command } from '../command.js';
import { dirArgument, given, readCommitment } from '../options.js';
import { keyValues } from '../table.js';

interface ExportArguments {
  readonly DIR: string;
  readonly output: string;
  readonly name?: string;
  readonly allowDevelopmentKey: boolean;
  readonly weightsCommitment?: string;
}

export const exportVerifier: Command<ExportArguments> = {
  usage: 'export-verifier <DIR>',
  summary: 'Write the Solidity verifier of a model',
  examples: [['export-verifier build -o contracts', 'writes contracts/ModelVerifier.sol, license MIT']],
  options: (y) =>
    y
      .positional('DIR', dirArgument)
      .option('output', {
        alias: 'o',
        describe: 'folder for the contract',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('name', { describe: 'name of the contract (default ModelVerifier)', type: 'string', requiresArg: true })
      .option('weights-commitment', {
        describe: 'commitment (0x...) of the model that the contract accepts, where the weights are committed',
        type: 'string',
        requiresArg: true,
      })
      .option('allow-development-key', {
        describe: 'accept keys of `setup --dev`; the contract is marked as not for production',
        type: 'boolean',
        default: false,
      }),
  run: async ({ DIR, output, name, allowDevelopmentKey, weightsCommitment }) => {
    const { path, contractName } = await writeVerifier(DIR, output, {
      allowDevelopmentKey,
      ...given({
        contractName: name,
        weightsCommitment: readCommitment('weights-commitment', weightsCommitment),
      }),
    });
    return {
      document: { format: 'zkinfer-export-verifier', version: 1, path, contractName },
      text: keyValues([
        ['contract', contractName],
        ['written to', path],
      ]),
    };
  },
};
