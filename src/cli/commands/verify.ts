import { isSinglePartySetup } from '../../artifacts/setup-kind.js';
import { ExitCode } from '../../errors.js';
import {
  loadVerifier,
  parseProofDocument,
  readJsonFile,
  verifyProof,
  type Manifest,
  type ProofDocument,
} from '../../index.js';
import type { Command } from '../command.js';
import { contextOption, readCommitment, readContext } from '../options.js';
import { keyValues } from '../table.js';

interface VerifyArguments {
  readonly KEY: string;
  readonly PROOF: string;
  readonly manifest?: string;
  readonly context?: string;
  readonly commitment?: string;
}

export const verify: Command<VerifyArguments> = {
  usage: 'verify <KEY> <PROOF>',
  summary: 'Check a proof; exit code 1 if it is invalid',
  examples: [
    ['verify build proof.json', 'with the artifact directory of the model'],
    ['verify verification_key.json proof.json', 'with the key alone, manifest.json beside it'],
  ],
  options: (y) =>
    y
      .positional('KEY', {
        describe: 'artifact directory or verification_key.json',
        type: 'string',
        demandOption: true,
      })
      .positional('PROOF', { describe: 'proof.json', type: 'string', demandOption: true })
      .option('manifest', {
        describe: 'manifest.json that belongs to the key, where it does not lie beside it',
        type: 'string',
        requiresArg: true,
      })
      .option('commitment', {
        describe: 'also check that the proof is about the weights of this commitment (0x...)',
        type: 'string',
        requiresArg: true,
      })
      .option('context', { ...contextOption, describe: 'also check that the proof is bound to this context' }),
  run: async ({ KEY, PROOF, manifest, context, commitment }, { note }) => {
    const expected = readContext(context);
    const weights = readCommitment('commitment', commitment);
    const verifier = await loadVerifier(KEY, manifest);
    const document = await readJsonFile(PROOF);
    const verdict = await verifyProof(verifier, document, expected, weights);
    if (!verdict.valid) {
      return {
        document: { format: 'zkinfer-verify', version: 1, valid: false, code: 'PROOF_INVALID', reason: verdict.reason },
        text: `invalid: ${verdict.reason}`,
        exitCode: ExitCode.Invalid,
      };
    }
    const proof = parseProofDocument(document);
    const { modelId, statement } = proof;
    if (statement.weightsCommitment !== undefined && weights === undefined) {
      note('the proof holds for the model of this weights commitment; check it with --commitment');
    }
    return {
      document: {
        format: 'zkinfer-verify',
        version: 1,
        valid: true,
        modelId,
        statement,
        setup: verifier.manifest.setup?.kind,
      },
      text: `valid\n${statementText(proof, verifier.manifest)}`,
    };
  },
};

/** As `zkinfer commit` prints it. */
function commitmentHex(decimal: string): string {
  return `0x${BigInt(decimal).toString(16).padStart(64, '0')}`;
}

function statementText(proof: ProofDocument, manifest: Manifest): string {
  const { context, inputCommitment, outputCommitment, weightsCommitment } = proof.statement;
  const part = (elements: readonly number[] | undefined, commitment: string | undefined): string => {
    if (elements === undefined) return `committed: ${commitment}`;
    return elements.length <= 16
      ? elements.join(' ')
      : `${elements.slice(0, 16).join(' ')} ... (${elements.length} in all)`;
  };
  const lines: [string, string][] = [
    ['model id', proof.modelId],
    ['input', part(proof.input, inputCommitment)],
    ['output', part(proof.output, outputCommitment)],
    ['context', context],
  ];
  if (weightsCommitment !== undefined)
    lines.splice(1, 0, ['weights', `committed: ${commitmentHex(weightsCommitment)}`]);
  if (manifest.setup !== undefined && isSinglePartySetup(manifest.setup))
    lines.push(['keys', 'development: whoever made them can forge proofs']);
  return keyValues(lines);
}
