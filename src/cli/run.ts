/** The command line: reads arguments, runs one command, prints its result, returns the exit code. */
import yargs from 'yargs';
import type { Argv } from 'yargs';
import { ExitCode, ZkinferError } from '../errors.js';
import { selectNativeVariant, terminateCurves, ZKINFER_VERSION } from '../index.js';
import { askOn } from './ask.js';
import type { Context, Outcome } from './command.js';
import { COMMANDS } from './commands/index.js';
import { readNativeChoice } from './options.js';
import { openProgress, SILENT } from './progress.js';
import { asZkinferError, errorDocument, errorText } from './report-error.js';

/** What the process gives the command line; tests give their own. */
export interface Terminal {
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** After an interruption, work that cannot be stopped gets so long to end by itself, in milliseconds. */
const GRACE = 2_000;

/**
 * Runs the command line.
 *
 * @param args without program and script name
 * @returns the exit code (see ExitCode)
 */
export async function run(args: readonly string[], terminal: Terminal = process): Promise<number> {
  tolerateClosedPipes();
  const isJson = args.includes('--json');
  const interruption = new AbortController();
  const interrupt = (): void => {
    if (interruption.signal.aborted) process.exit(ExitCode.Interrupted);
    interruption.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    selectNativeVariant(readNativeChoice(terminal.env.ZKINFER_NATIVE));
    const { start, output } = await readArguments(args, terminal);
    if (start === undefined) {
      terminal.stdout.write(`${output}\n`);
      return ExitCode.Ok;
    }
    const outcome = await runCommand(start, interruption.signal, terminal, args.includes('--quiet'));
    terminal.stdout.write(isJson ? toJson(outcome.document) : `${outcome.text}\n`);
    return outcome.exitCode ?? ExitCode.Ok;
  } catch (thrown) {
    const error = asZkinferError(thrown);
    if (isJson) terminal.stdout.write(toJson(errorDocument(error)));
    else terminal.stderr.write(`${errorText(error, isColourful(terminal) ? bold : undefined)}\n`);
    if (terminal.env.ZKINFER_DEBUG === '1') terminal.stderr.write(`${stackOf(error)}\n`);
    return error.exitCode;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await terminateCurves();
    if (interruption.signal.aborted) setTimeout(() => process.exit(ExitCode.Interrupted), GRACE).unref();
  }
}

type Start = (context: Context) => Promise<Outcome>;

/** The command that the arguments name, or the text of `--help`, `--version` and `completion`. */
async function readArguments(args: readonly string[], terminal: Terminal): Promise<{ start?: Start; output: string }> {
  let start: Start | undefined;
  let parser: Argv = yargs([...args])
    .scriptName('zkinfer')
    .usage('$0 COMMAND\n\nZero-knowledge proofs of what quantized ONNX models compute.')
    .locale('en')
    .version(ZKINFER_VERSION)
    .option('json', { describe: 'print one JSON document on stdout, errors included', type: 'boolean', global: true })
    .option('quiet', { describe: 'no progress on stderr', type: 'boolean', global: true })
    .parserConfiguration({
      'duplicate-arguments-array': false,
      'boolean-negation': false,
      'camel-case-expansion': true,
    })
    .wrap(Math.min(terminal.stderr.columns ?? 110, 110))
    .help()
    .alias('help', 'h')
    .completion('completion', 'Print a script for shell completion: source it in ~/.bashrc or ~/.zshrc')
    .demandCommand(1, 'name a command')
    .recommendCommands()
    .strict()
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message: string | null, error: Error | undefined) => {
      if (error instanceof ZkinferError) throw error;
      throw new ZkinferError('USAGE', usageMessage(message ?? error?.message), {
        hint: 'see `zkinfer --help` or `zkinfer COMMAND --help`',
      });
    });
  for (const command of COMMANDS) parser = command.register(parser, (chosen) => (start = chosen));
  let output = '';
  await parser.parseAsync([...args], {}, (error: Error | undefined, _: unknown, text: string) => {
    if (error) throw error;
    output = text;
  });
  return start === undefined || output !== '' ? { output } : { start, output };
}

/** One line, in the style of all other errors, of what yargs says in several. */
function usageMessage(message = 'the arguments are not understood'): string {
  const line = message
    .trim()
    .replace(/:\s*\n\s*/g, ': ')
    .replace(/\s*\n\s*/g, '; ')
    .replace(/^Did you mean /, 'unknown command; did you mean ');
  return line.charAt(0).toLowerCase() + line.slice(1);
}

async function runCommand(start: Start, signal: AbortSignal, terminal: Terminal, quiet: boolean): Promise<Outcome> {
  const progress = quiet ? SILENT : openProgress({ stream: terminal.stderr });
  try {
    return await start({
      signal,
      onProgress: progress.onProgress,
      env: terminal.env,
      ask: askOn(terminal, signal),
      note: (line) => {
        progress.stop();
        if (!quiet) terminal.stderr.write(`${line}\n`);
      },
    });
  } finally {
    progress.stop();
  }
}

function toJson(document: object): string {
  return `${JSON.stringify(document, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`;
}

function isColourful({ stderr, env }: Terminal): boolean {
  return stderr.isTTY === true && (env.NO_COLOR === undefined || env.NO_COLOR === '');
}

function bold(text: string): string {
  return `\u001b[1;31m${text}\u001b[0m`;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

let isTolerant = false;

/** A reader that closed the pipe, such as `head`, has had enough: that is no error. */
function tolerateClosedPipes(): void {
  if (isTolerant) return;
  isTolerant = true;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
