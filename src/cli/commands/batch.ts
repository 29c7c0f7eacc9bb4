import { ExitCode, ZkinferError } from '../../errors.js';
import { proveBatch, type BatchEvent, type BatchReport } from '../../index.js';
import type { Command, Context, Outcome } from '../command.js';
import { enqueue, enqueueOptions, type EnqueueArguments } from '../enqueue.js';
import { contextOption, dirArgument, given, INPUT_HELP, integersOption, readContext } from '../options.js';
import { poolOptions, readPoolOptions, refuseOptions, refuseWithQueue, type PoolArguments } from '../proving.js';
import { duration, grouped, keyValues } from '../table.js';

interface BatchArguments extends Omit<EnqueueArguments, 'queue'>, PoolArguments {
  readonly output?: string;
  readonly queue?: string;
  readonly verify: boolean;
}

export const batch: Command<BatchArguments> = {
  usage: 'batch <DIR>',
  summary: 'Prove many inferences; started again, it does what is left',
  examples: [
    ['batch build --inputs images.npz -o proofs', 'writes proofs/000000.json and so on'],
    ['batch build --inputs images.jsonl -o proofs --workers 2 --verify', 'two proofs at a time; all are read back'],
    ['batch build --inputs images.jsonl --queue postgres://... --upload', 'for workers on other machines'],
  ],
  options: (y) =>
    y
      .positional('DIR', dirArgument)
      .option('inputs', {
        alias: 'i',
        describe: 'file or folder with the input tensors',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('output', {
        alias: 'o',
        describe: 'folder of the results: one proof.json for each input, failed.jsonl, summary.json',
        type: 'string',
        requiresArg: true,
      })
      .option('integers', integersOption)
      .option('context', { ...contextOption, describe: '32 bytes (0x...) that bind every proof to its use' })
      .options(poolOptions)
      .option('retry-failed', {
        describe: 'try inputs again that have failed before and have not been changed since',
        type: 'boolean',
        default: false,
      })
      .option('verify', {
        describe: 'read all results back in the end and verify them',
        type: 'boolean',
        default: false,
      })
      .options(enqueueOptions)
      .epilogue(
        `${INPUT_HELP} Exit code 1 if an input failed. Interrupted once, proofs that are under way are finished and written; ` +
          'interrupted twice, they are dropped.',
      ),
  run: async (args, context) => {
    const { output, queue } = args;
    if ((output === undefined) === (queue === undefined)) {
      throw new ZkinferError('USAGE', 'batch takes either -o or --queue', {
        hint: 'give -o FOLDER to prove here, or --queue URL to have `zkinfer worker` prove',
      });
    }
    if (queue !== undefined) {
      const { workers, threads, backend, verify } = args;
      refuseWithQueue({ workers, threads, backend, verify });
      return enqueue({ ...args, queue }, context);
    }
    const { priority, attempts, retryDelay, upload, keepOpenings } = args;
    refuseOptions(
      { priority, attempts, 'retry-delay': retryDelay, upload, 'keep-openings': keepOpenings },
      'is about a queue',
      'give --queue instead of -o, or leave it out',
    );
    return prove({ ...args, output: output! }, context);
  },
};

async function prove(args: BatchArguments & { readonly output: string }, context: Context): Promise<Outcome> {
  const { signal, onProgress, note } = context;
  const { integers, retryFailed, verify } = args;
  const report = await proveBatch(args.DIR, args.inputs, args.output, {
    signal,
    onProgress,
    integers,
    retryFailed,
    verify,
    onEvent: (event) => note(eventText(event)),
    ...readPoolOptions(args),
    ...given({ context: readContext(args.context) }),
  });
  return { document: { ...report }, text: reportText(report, args.output), exitCode: exitCode(report) };
}

function exitCode({ state, failed, invalid = [] }: BatchReport): ExitCode {
  if (state === 'interrupted') return ExitCode.Interrupted;
  return failed > 0 || invalid.length > 0 ? ExitCode.Invalid : ExitCode.Ok;
}

function eventText(event: BatchEvent): string {
  switch (event.kind) {
    case 'workers': {
      const { workers, threads, backend, reason } = event;
      return `${counted(workers, 'worker')} of ${counted(threads, 'thread')}, ${backend}: ${reason}`;
    }
    case 'failed':
      return `input ${event.index} failed: ${event.message}`;
    case 'stopping':
      return event.running === 0
        ? 'ending'
        : `ending, once ${counted(event.running, 'proof')} under way ${event.running === 1 ? 'is' : 'are'} written; interrupt again to drop`;
  }
}

function reportText(report: BatchReport, folder: string): string {
  const { state, inputs, proved, failed, invalid, run } = report;
  const { latency } = run;
  const text = keyValues([
    ['inputs', `${grouped(inputs)}${state === 'interrupted' ? ' so far: run the same command again to go on' : ''}`],
    ['proved', `${grouped(proved)}, of them ${grouped(run.proved)} now`],
    ['failed', failed === 0 ? '0' : `${grouped(failed)}: see failed.jsonl`],
    ...(invalid === undefined ? [] : [['invalid', grouped(invalid.length)] as const]),
    ...(latency === undefined
      ? []
      : [
          [
            'a proof took',
            `${duration(latency.p50)} (9 of 10 ${duration(latency.p90)}, 99 of 100 ${duration(latency.p99)})`,
          ] as const,
          ['proofs a minute', grouped(Math.round(run.proofsPerMinute))] as const,
          ['peak memory', `${grouped(Math.round(run.peakMemoryBytes / 1e6))} MB`] as const,
        ]),
    ['results', folder],
  ]);
  return [text, ...(invalid ?? []).map(({ index, reason }) => `result ${index} is invalid: ${reason}`)].join('\n');
}

function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}
