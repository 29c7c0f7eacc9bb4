/** What a command is: how it is called, and what it gives. Commands do not print; `run` does. */
import type { Argv } from 'yargs';
import type { ExitCode } from '../errors.js';
import type { WorkOptions } from '../progress.js';
import type { Ask } from './ask.js';

export interface Context extends Required<Pick<WorkOptions, 'onProgress'>> {
  readonly signal: AbortSignal;
  /** A line for people, on stderr. */
  readonly note: (line: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absent where there is no terminal. */
  readonly ask: Ask | undefined;
}

/** The result of a command, both for programs and for people. */
export interface Outcome {
  /** One versioned document: `format` and `version` first. */
  readonly document: { readonly format: `zkinfer-${string}`; readonly version: 1 } & Readonly<Record<string, unknown>>;
  /** What people read, without a newline at the end. */
  readonly text: string;
  /** Default: Ok. */
  readonly exitCode?: ExitCode;
}

export interface Command<T> {
  /** As yargs reads it: name, then `<required>` and `[optional]` arguments. */
  readonly usage: string;
  readonly summary: string;
  readonly examples: readonly (readonly [call: string, what: string])[];
  readonly options: (argv: Argv) => unknown;
  readonly run: (args: T, context: Context) => Promise<Outcome>;
}

/** A command whose arguments are bound to its own types: what a list of different commands holds. */
export interface BoundCommand extends Pick<Command<unknown>, 'usage' | 'summary' | 'examples'> {
  readonly register: (argv: Argv, chosen: (start: (context: Context) => Promise<Outcome>) => void) => Argv;
}

export function bindCommand<T>(command: Command<T>): BoundCommand {
  const { usage, summary, examples, options, run } = command;
  return {
    usage,
    summary,
    examples,
    register: (argv, chosen) =>
      argv.command(
        usage,
        summary,
        (y) => {
          y.example(examples.map(([call, what]) => [`$0 ${call}`, what]));
          // Of several values of one argument, yargs would else keep the last one, as it should of options.
          if (usage.includes('..')) y.parserConfiguration({ 'boolean-negation': false });
          return options(y) as Argv;
        },
        (args) => chosen((context) => run(lastOfEach(args, usage) as T, context)),
      ),
  };
}

/** Options that are given more than once: the last one counts, in every command. */
function lastOfEach(args: object, usage: string): object {
  const isList = (name: string): boolean => name === '_' || usage.includes(`${name}..`);
  return Object.fromEntries(
    Object.entries(args).map(([name, value]: [string, unknown]) => [
      name,
      Array.isArray(value) && !isList(name) ? (value.at(-1) as unknown) : value,
    ]),
  );
}

/** Commands under a common name: `zkinfer NAME COMMAND`. */
export function bindGroup(name: string, summary: string, commands: readonly BoundCommand[]): BoundCommand {
  return {
    usage: `${name} <COMMAND>`,
    summary,
    examples: commands.flatMap(({ examples }) => examples),
    register: (argv, chosen) =>
      argv.command(name, summary, (y) =>
        commands
          .reduce((parser, command) => command.register(parser, chosen), y as Argv)
          .demandCommand(1, `name a command of ${name}`)
          .recommendCommands(),
      ),
  };
}
