import { ExitCode } from '../../errors.js';
import { collectResults, type CollectReport } from '../../index.js';
import type { Command } from '../command.js';
import { given, readCount } from '../options.js';
import { queueOption, readQueueUrl } from '../queue.js';
import { grouped, keyValues } from '../table.js';

interface CollectArguments {
  readonly MODEL: string;
  readonly output: string;
  readonly queue?: string;
  readonly run?: string;
}

export const collect: Command<CollectArguments> = {
  usage: 'collect <MODEL>',
  summary: 'Verify the results of a queue and write them into a folder',
  examples: [
    ['collect build -o proofs', 'the last run of the model in build: proofs/000000.json and so on'],
    ['collect build -o proofs --run 12', 'the run that `batch --queue` called 12'],
  ],
  options: (y) =>
    y
      .positional('MODEL', {
        describe: 'artifact directory, whose key verifies; or a model id, verified by the key in the queue',
        type: 'string',
        demandOption: true,
      })
      .option('output', {
        alias: 'o',
        describe: 'folder of the results, as `batch` writes it',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('queue', { ...queueOption, requiresArg: true })
      .option('run', {
        describe: 'number of the run; by default the last one whose inputs are all queued',
        type: 'string',
        requiresArg: true,
      })
      .epilogue('May be given again while workers go on: it adds what is new. Exit code 1 if an input failed.'),
  run: async ({ MODEL, output, queue, run }, { signal, onProgress, env }) => {
    const report = await collectResults(MODEL, output, readQueueUrl(queue, env), {
      signal,
      onProgress,
      ...given({ run: readCount('run', run, 1) }),
    });
    const isBad = report.failed > 0 || report.invalid.length > 0;
    return {
      document: { ...report },
      text: reportText(report, output),
      exitCode: isBad ? ExitCode.Invalid : ExitCode.Ok,
    };
  },
};

function reportText(report: CollectReport, folder: string): string {
  const { queueRun, inputs, proved, failed, waiting, missing, invalid, run } = report;
  const text = keyValues([
    ['run', String(queueRun)],
    ['inputs', grouped(inputs)],
    ['proved', `${grouped(proved)}, of them ${grouped(run.proved)} new`],
    ['failed', failed === 0 ? '0' : `${grouped(failed)}: see failed.jsonl`],
    ...(waiting === 0 ? [] : [['waiting', `${grouped(waiting)}: collect again later`] as const]),
    ...(missing === 0 ? [] : [['missing', `${grouped(missing)} without a job: queue the inputs again`] as const]),
    ['results', folder],
  ]);
  return [text, ...invalid.map(({ index, reason }) => `result ${index} is invalid: ${reason}`)].join('\n');
}
