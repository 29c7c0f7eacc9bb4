import { encodeBatchCalldata, encodeCalldata, parseProofDocument, readJsonFile } from '../../index.js';
import type { Command } from '../command.js';
import { dirArgument, given, readKeyId } from '../options.js';

interface CalldataArguments {
  readonly DIR: string;
  readonly PROOF: readonly string[];
  readonly batch: boolean;
  readonly keyId?: string;
}

export const calldata: Command<CalldataArguments> = {
  usage: 'calldata <DIR> <PROOF..>',
  summary: 'Encode a proof, or several, as a call of a verifier contract',
  examples: [
    [
      'calldata build proof.json',
      'the ABI-encoded call of verifyInference, or verifyInferenceFor where the proof has a context',
    ],
    ['calldata build proof.json --json', 'also input, output and proof one by one'],
    ['calldata build proofs/*.json', 'several proofs as one call of verifyBatch'],
    ['calldata build proof.json --key-id 0x...', 'the call of the universal verifier'],
  ],
  options: (y) =>
    y
      .positional('DIR', dirArgument)
      .positional('PROOF', { describe: 'proof.json', type: 'string', array: true, demandOption: true })
      .option('batch', { describe: 'call verifyBatch for a single proof, too', type: 'boolean', default: false })
      .option('key-id', {
        describe: 'call the universal verifier with this key (0x...), as `zkinfer export-key` prints it',
        type: 'string',
        requiresArg: true,
      }),
  run: async ({ DIR, PROOF, batch, keyId }) => {
    const options = given({ keyId: readKeyId(keyId) });
    const documents = [];
    for (const path of PROOF) documents.push(parseProofDocument(await readJsonFile(path), path));
    const encoded =
      batch || documents.length > 1
        ? await encodeBatchCalldata(DIR, documents, options)
        : await encodeCalldata(DIR, documents[0], options);
    return { document: { format: 'zkinfer-calldata', version: 1, ...encoded }, text: encoded.calldata };
  },
};
