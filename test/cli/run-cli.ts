/** The command line within this process, with streams of its own. */
import { PassThrough, Writable } from 'node:stream';
import { run } from '../../src/cli/run.js';

class TextStream extends Writable {
  text = '';
  constructor(readonly isTTY: boolean) {
    super();
  }
  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * @param hidden text that differs from run to run, by what to show instead
 * @param env environment variables; none of the process are seen
 * @param typed what somebody at a terminal types; without it there is no terminal
 */
export async function runCli(
  args: readonly string[],
  hidden: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
  typed?: string,
): Promise<CliRun> {
  const isTTY = typed !== undefined;
  const [stdout, stderr] = [new TextStream(isTTY), new TextStream(isTTY)];
  const stdin = Object.assign(new PassThrough(), { isTTY });
  stdin.write(typed ?? '');
  const code = await run(args, { stdin, stdout, stderr, env });
  const shown = ({ text }: TextStream): string =>
    Object.entries(hidden).reduce((result, [secret, name]) => result.replaceAll(secret, name), text);
  return { code, stdout: shown(stdout), stderr: shown(stderr) };
}
