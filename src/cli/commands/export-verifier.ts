import { exportVerifier as writeVerifier } from '../../index.js';
import type { Command } from '../command.js';
import { dirArgument, given, keyOptions, readKeyOptions, type KeyArguments } from '../options.js';
import { keyValues } from '../table.js';

interface ExportArguments extends KeyArguments {
  readonly DIR: string;
  readonly output: string;
  readonly name?: string;
  readonly batch: boolean;
}

export const exportVerifier: Command<ExportArguments> = {
  usage: 'export-verifier <DIR>',
  summary: 'Write the Solidity verifier of a model',
  examples: [
    ['export-verifier build -o contracts', 'writes contracts/ModelVerifier.sol, license MIT'],
    [
      'export-verifier build -o contracts --batch',
      'the contract also checks many proofs at once, for less than each alone',
    ],
  ],
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
      .option('batch', { describe: 'add verifyBatch and firstInvalid', type: 'boolean', default: false })
      .options(keyOptions),
  run: async ({ DIR, output, name, batch, ...key }) => {
    const { path, contractName } = await writeVerifier(DIR, output, {
      batch,
      ...readKeyOptions(key),
      ...given({ contractName: name }),
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
