import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  loadProver,
  openingPath,
  proveInference,
  readInput,
  writeFileAtomic,
  type BackendName,
  type ProofDocument,
} from '../../index.js';
import type { Command } from '../command.js';
import {
  contextOption,
  dirArgument,
  given,
  INPUT_HELP,
  indexOption,
  inputOption,
  integersOption,
  readContext,
  readCount,
} from '../options.js';
import { backendOption, threadsOption, weightsOption } from '../proving.js';
import { duration, keyValues } from '../table.js';
import { tensorText } from '../tensor-text.js';

interface ProveArguments {
  readonly DIR: string;
  readonly input: string;
  readonly index?: string;
  readonly integers: boolean;
  readonly context?: string;
  readonly weights?: string;
  readonly output: string;
  readonly snarkjs?: string;
  readonly backend?: BackendName;
  readonly threads?: string;
}

export const prove: Command<ProveArguments> = {
  usage: 'prove <DIR>',
  summary: 'Prove one inference',
  examples: [
    ['prove build --input image.npy', 'writes proof.json'],
    ['prove build --input images.npz --index 3 -o proof3.json', 'one sample of a batch'],
    [
      'prove build --input image.npy --snarkjs out',
      'also out/proof.json and out/public.json for `snarkjs groth16 verify`',
    ],
  ],
  options: (y) =>
    y
      .positional('DIR', dirArgument)
      .option('input', inputOption)
      .option('index', indexOption)
      .option('integers', integersOption)
      .option('context', contextOption)
      .option('weights', weightsOption)
      .option('output', {
        alias: 'o',
        describe: 'file of the proof; the opening of committed parts goes beside it, readable for its owner only',
        type: 'string',
        default: 'proof.json',
        requiresArg: true,
      })
      .option('snarkjs', {
        describe: 'folder for proof and public signals as snarkjs reads them',
        type: 'string',
        requiresArg: true,
      })
      .option('backend', backendOption)
      .option('threads', threadsOption)
      .epilogue(INPUT_HELP),
  run: async (args, { signal, onProgress }) => {
    const context = readContext(args.context);
    const index = readCount('index', args.index);
    const threads = readCount('threads', args.threads, 1);
    const work = { signal, onProgress, ...given({ threads }) };
    const { weights, backend } = args;
    const prover = await loadProver(args.DIR, { ...work, ...given({ weights, backend }) });
    const options = { integers: args.integers, signal, ...given({ index }) };
    const sample = await readInput(args.input, prover.inputs, options);
    const started = performance.now();
    const proven = await proveInference(prover, sample.tensors, { ...work, ...given({ context }) });
    const milliseconds = Math.round(performance.now() - started);
    prover.release();
    const files = { proof: args.output, ...(proven.opening ? { opening: openingPath(args.output) } : {}) };
    if (proven.opening) {
      await writeFileAtomic(openingPath(args.output), toJson(proven.opening), { mode: 0o600, signal });
    }
    await writeFileAtomic(args.output, toJson(proven.document), { signal });
    if (args.snarkjs !== undefined) await writeSnarkjsFiles(args.snarkjs, proven.document, signal);
    return {
      document: {
        format: 'zkinfer-prove',
        version: 1,
        modelId: proven.document.modelId,
        sample: sample.index,
        files,
        backend: prover.key.backend,
        milliseconds,
      },
      text: [
        ...proven.outputs.map(tensorText),
        keyValues([
          ['proved in', `${duration(milliseconds)}, by ${prover.key.backend}`],
          ['proof', files.proof],
          ...(proven.opening ? [['opening', `${openingPath(args.output)} (private: keep it)`] as const] : []),
        ]),
      ].join('\n'),
    };
  },
};

async function writeSnarkjsFiles(
  dir: string,
  { proof, publicSignals }: ProofDocument,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFileAtomic(join(dir, 'proof.json'), toJson(proof), { signal });
  await writeFileAtomic(join(dir, 'public.json'), toJson(publicSignals), { signal });
}

function toJson(document: object): string {
  return `${JSON.stringify(document, null, 1)}\n`;
}
