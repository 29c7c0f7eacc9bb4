import { commitModel, writeFileAtomic } from '../../index.js';
import type { Command } from '../command.js';
import { dirArgument } from '../options.js';
import { keyValues } from '../table.js';

interface CommitArguments {
  readonly MODEL: string;
  readonly DIR: string;
  readonly output: string;
}

export const commit: Command<CommitArguments> = {
  usage: 'commit <MODEL> <DIR>',
  summary: 'Commit to the weights of a model, for a circuit compiled with --weights committed',
  examples: [
    ['commit model.onnx build', 'writes weights.json, which `prove` takes, and prints the commitment'],
    ['commit retrained.onnx build -o retrained.json', 'another training of the same architecture, with the same keys'],
  ],
  options: (y) =>
    y
      .positional('MODEL', { describe: 'ONNX file', type: 'string', demandOption: true })
      .positional('DIR', dirArgument)
      .option('output', {
        alias: 'o',
        describe: 'file of the weights and the salt, readable for its owner only',
        type: 'string',
        default: 'weights.json',
        requiresArg: true,
      }),
  run: async ({ MODEL, DIR, output }, { signal }) => {
    const weights = await commitModel(MODEL, DIR);
    await writeFileAtomic(output, `${JSON.stringify(weights)}\n`, { mode: 0o600, signal });
    const { commitment, modelId, inputs, outputs } = weights;
    return {
      document: { format: 'zkinfer-commit', version: 1, modelId, commitment, inputs, outputs, path: output },
      text: keyValues([
        ['commitment', commitment],
        ['architecture', modelId],
        ['weights', `${output} (private: it holds the model)`],
      ]),
    };
  },
};
