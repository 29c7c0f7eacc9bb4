import { exportKey as readKey, writeFileAtomic } from '../../index.js';
import type { Command } from '../command.js';
import { dirArgument, keyOptions, readKeyOptions, type KeyArguments } from '../options.js';
import { keyValues } from '../table.js';

interface ExportKeyArguments extends KeyArguments {
  readonly DIR: string;
  readonly output?: string;
}

export const exportKey: Command<ExportKeyArguments> = {
  usage: 'export-key <DIR>',
  summary: 'Encode the verification key for the universal verifier',
  examples: [
    ['export-key build', 'the key id, which contracts name, and the data that registerKey takes'],
    ['export-key build -o key.json', 'writes both to a file'],
  ],
  options: (y) =>
    y
      .positional('DIR', dirArgument)
      .option('output', {
        alias: 'o',
        describe: 'file to write the key to, as JSON',
        type: 'string',
        requiresArg: true,
      })
      .options(keyOptions),
  run: async ({ DIR, output, ...key }) => {
    const { keyId, modelId, data } = await readKey(DIR, readKeyOptions(key));
    const document = { format: 'zkinfer-key', version: 1, keyId, modelId, data } as const;
    if (output !== undefined) await writeFileAtomic(output, `${JSON.stringify(document, null, 2)}\n`);
    const rows: [string, string][] = [
      ['key id', keyId],
      ['model id', modelId],
      output === undefined ? ['data', data] : ['written to', output],
    ];
    return { document, text: keyValues(rows) };
  },
};
