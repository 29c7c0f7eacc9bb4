import { inspectModel, readFileBytes } from '../../index.js';
import type { Command } from '../command.js';
import { certificateText, domainText, layerTable, tensorSpecText } from '../layer-table.js';
import { batchOption, readCount, visibilityOptions, type VisibilityArguments } from '../options.js';
import { grouped, keyValues } from '../table.js';

interface InspectArguments extends VisibilityArguments {
  readonly MODEL: string;
  readonly batch?: string;
}

export const inspect: Command<InspectArguments> = {
  usage: 'inspect <MODEL>',
  summary: 'Show layers, predicted constraints and every problem of a model',
  examples: [['inspect model.onnx', 'what its circuit will cost, without compiling it']],
  options: (y) =>
    y
      .positional('MODEL', { describe: 'ONNX file', type: 'string', demandOption: true })
      .options(visibilityOptions)
      .option('batch', batchOption),
  run: async ({ MODEL, input, output, weights, ...args }) => {
    const batch = readCount('batch', args.batch, 1) ?? 1;
    const report = inspectModel(await readFileBytes(MODEL), { input, output, weights, batch });
    const { statement } = report;
    return {
      document: { format: 'zkinfer-inspect', version: 1, ...report },
      text: [
        layerTable(report.layers, report.constraints),
        '',
        keyValues([
          ...statement.inputs.map((spec) => [`input (${statement.input})`, tensorSpecText(spec)] as const),
          ...statement.outputs.map((spec) => [`output (${statement.output})`, tensorSpecText(spec)] as const),
          ['constraints', `${grouped(report.constraints)} predicted, ${grouped(report.macs)} MACs`],
          ['domain', domainText(report.constraints, report.domainPower)],
          ['certificate', certificateText(report.certificate)],
        ]),
      ].join('\n'),
    };
  },
};
