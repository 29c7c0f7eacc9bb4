import { encodeCalldata, readJsonFile } from '../../index.js';
import type { Command } from '../command.js';
import { dirArgument } from '../options.js';

interface CalldataArguments {
  readonly DIR: string;
  readonly PROOF: string;
}

export const calldata: Command<CalldataArguments> = {
  usage: 'calldata <DIR> <PROOF>',
  summary: 'Encode a proof as a call of the generated contract',
  examples: [
    [
      'calldata build proof.json',
      'the ABI-encoded call of verifyInference, or verifyInferenceFor where the proof has a context',
    ],
    ['calldata build proof.json --json', 'also input, output and proof one by one'],
  ],
  options: (y) =>
    y
      .positional('DIR', dirArgument)
      .positional('PROOF', { describe: 'proof.json', type: 'string', demandOption: true }),
  run: async ({ DIR, PROOF }) => {
    const encoded = await encodeCalldata(DIR, await readJsonFile(PROOF));
    return { document: { format: 'zkinfer-calldata', version: 1, ...encoded }, text: encoded.calldata };
  },
};
