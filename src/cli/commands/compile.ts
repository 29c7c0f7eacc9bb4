import { ZkinferError } from '../../errors.js';
import { compileModel, dumpStage, readFileBytes, STAGES } from '../../index.js';
import type { Command, Outcome } from '../command.js';
import { certificateText, domainText, layerTable } from '../layer-table.js';
import { batchOption, readCount, visibilityOptions, type VisibilityArguments } from '../options.js';
import { duration, grouped, keyValues } from '../table.js';

interface CompileArguments extends VisibilityArguments {
  readonly MODEL: string;
  readonly batch?: string;
  readonly dir?: string;
  readonly stopAfter?: string;
}

export const compile: Command<CompileArguments> = {
  usage: 'compile <MODEL>',
  summary: 'Compile a quantized ONNX model to a circuit',
  examples: [
    ['compile model.onnx -o build', 'circuit, witness generator and manifest in build/'],
    ['compile model.onnx -o build --input committed', 'the input stays private, a salted commitment is public'],
    ['compile model.onnx -o build --batch 8', 'one proof for 8 inferences'],
    ['compile model.onnx -o build --weights committed', 'the weights stay private: see `zkinfer commit`'],
    ['compile model.onnx --stop-after plan', 'print what the compiler has after a stage'],
  ],
  options: (y) =>
    y
      .positional('MODEL', { describe: 'ONNX file', type: 'string', demandOption: true })
      .option('dir', { alias: 'o', describe: 'artifact directory to make', type: 'string', requiresArg: true })
      .options(visibilityOptions)
      .option('batch', batchOption)
      .option('stop-after', {
        describe: 'print the compiler’s product after this stage instead of writing artifacts',
        choices: STAGES,
        requiresArg: true,
      }),
  run: async ({ MODEL, dir, input, output, weights, stopAfter, ...args }, { signal, onProgress }) => {
    const batch = readCount('batch', args.batch, 1) ?? 1;
    const target = { input, output, weights, batch };
    if (stopAfter !== undefined) return dump(MODEL, stopAfter, target);
    if (dir === undefined) throw new ZkinferError('USAGE', 'give the directory to make with -o DIR');
    const started = performance.now();
    const { manifest, predictedConstraints } = await compileModel(MODEL, dir, { ...target, signal, onProgress });
    const milliseconds = Math.round(performance.now() - started);
    const { modelId, circuit, layers, certificate, statement } = manifest;
    return {
      document: {
        format: 'zkinfer-compile',
        version: 1,
        dir,
        modelId,
        batch,
        statement,
        circuit,
        predictedConstraints,
        layers,
        certificate,
        milliseconds,
      },
      text: [
        layerTable(layers, circuit.constraints),
        '',
        keyValues([
          ['model id', modelId],
          [
            'statement',
            `input ${statement.input}, output ${statement.output}, weights ${statement.weights ?? 'fixed'}`,
          ],
          ...(batch > 1 ? [['batch', `${batch} inferences a proof`] as const] : []),
          [
            'constraints',
            `${grouped(circuit.constraints)} (${grouped(circuit.nonlinear)} nonlinear, ${grouped(circuit.linear)} linear)`,
          ],
          ['domain', domainText(circuit.constraints, circuit.domainPower)],
          ['certificate', certificateText(certificate)],
          ['compiled in', duration(milliseconds)],
          ['written to', dir],
        ]),
      ].join('\n'),
    };
  },
};

async function dump(model: string, stage: string, options: VisibilityArguments & { batch: number }): Promise<Outcome> {
  const text = dumpStage(await readFileBytes(model), stage, options);
  return { document: { format: 'zkinfer-stage', version: 1, stage, text }, text: text.trimEnd() };
}
