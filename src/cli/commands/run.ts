import { ExitCode } from '../../errors.js';
import {
  compareWithOrt,
  loadModel,
  readInput,
  readInputs,
  runModel,
  writeFileAtomic,
  type LoadedModel,
  type OrtComparison,
  type OutputTensor,
  type Sample,
} from '../../index.js';
import type { Command, Context } from '../command.js';
import { given, INPUT_HELP, indexOption, inputOption, integersOption, readCount } from '../options.js';
import { tensorDocument, tensorText } from '../tensor-text.js';
import { grouped, table } from '../table.js';

interface RunArguments {
  readonly MODEL: string;
  readonly input: string;
  readonly index?: string;
  readonly integers: boolean;
  readonly output?: string;
  readonly compareOrt: boolean;
}

interface SampleResult {
  readonly index: number;
  readonly outputs: readonly OutputTensor[];
  readonly comparison?: OrtComparison;
}

export const runCommand: Command<RunArguments> = {
  usage: 'run <MODEL>',
  summary: 'Evaluate a model on integers, without a proof',
  examples: [
    ['run model.onnx --input image.npy', 'the integers that a proof would speak of'],
    ['run build --input images.npz --index 3', 'one sample of a batch'],
    ['run model.onnx --input images.npz --compare-ort', 'side by side with ONNX Runtime on this machine'],
  ],
  options: (y) =>
    y
      .positional('MODEL', { describe: 'ONNX file or artifact directory', type: 'string', demandOption: true })
      .option('input', inputOption)
      .option('index', { ...indexOption, describe: `${indexOption.describe}; all where left out` })
      .option('integers', integersOption)
      .option('output', { alias: 'o', describe: 'write the result to a JSON file', type: 'string', requiresArg: true })
      .option('compare-ort', {
        describe: 'compare with ONNX Runtime, in exact and default mode',
        type: 'boolean',
        default: false,
      })
      .epilogue(INPUT_HELP),
  run: async (args, context) => {
    const model = await loadModel(args.MODEL);
    const results: SampleResult[] = [];
    for await (const sample of samplesOf(args, model, context)) {
      context.onProgress({ stage: 'evaluating', done: results.length });
      const outputs = runModel(model, sample.tensors);
      const comparison = args.compareOrt
        ? await compareWithOrt(model, sample.tensors, outputs, context.signal)
        : undefined;
      results.push({ index: sample.index, outputs, ...given({ comparison }) });
    }
    const document = { format: 'zkinfer-run', version: 1, samples: results.map(sampleJson) } as const;
    if (args.output !== undefined) {
      await writeFileAtomic(args.output, `${JSON.stringify(document, null, 2)}\n`, { signal: context.signal });
    }
    const differs = results.some(({ comparison }) => comparison?.exact.some(({ different }) => different > 0));
    return { document, text: resultText(results), exitCode: differs ? ExitCode.Invalid : ExitCode.Ok };
  },
};

async function* samplesOf(args: RunArguments, model: LoadedModel, { signal }: Context): AsyncGenerator<Sample> {
  const index = readCount('index', args.index);
  const options = { integers: args.integers, signal };
  if (index === undefined) yield* readInputs(args.input, model.inputs, options);
  else yield await readInput(args.input, model.inputs, { ...options, index });
}

function sampleJson({ index, outputs, comparison }: SampleResult): object {
  return {
    index,
    outputs: outputs.map(tensorDocument),
    ...given({ comparison }),
  };
}

function resultText(results: readonly SampleResult[]): string {
  const blocks = results.map(({ index, outputs }) => {
    const heading = results.length > 1 ? [`sample ${index}`] : [];
    return [...heading, ...outputs.map(tensorText)].join('\n');
  });
  const comparisons = results.flatMap(({ comparison }) => comparison ?? []);
  if (comparisons.length > 0) blocks.push(comparisonText(comparisons));
  return blocks.join('\n\n');
}

function comparisonText(comparisons: readonly OrtComparison[]): string {
  const row = (title: string, mode: 'exact' | 'default'): string[] => {
    const all = comparisons.flatMap((comparison) => comparison[mode]);
    const sum = (key: 'elements' | 'different'): number => all.reduce((total, entry) => total + entry[key], 0);
    const largest = Math.max(...all.map((entry) => entry.largest));
    return [title, grouped(sum('elements')), grouped(sum('different')), grouped(largest)];
  };
  const columns = [
    { title: `ONNX Runtime ${comparisons[0]!.version}` },
    { title: 'elements', align: 'right' },
    { title: 'different', align: 'right' },
    { title: 'largest step', align: 'right' },
  ] as const;
  return table(columns, [row('exact (x64quantprecision)', 'exact'), row('default', 'default')]);
}
