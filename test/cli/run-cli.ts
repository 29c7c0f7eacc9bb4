/** The command line within this process, with streams of its own. */
import { Writable } from 'node:stream';
import { run } from '../../src/cli/run.js';

class TextStream extends Writable {
  text = '';
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
 */
export async function runCli(
  args: readonly string[],
  hidden: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<CliRun> {
  const [stdout, stderr] = [new TextStream(), new TextStream()];
  const code = await run(args, { stdout, stderr, env });
  const shown = ({ text }: TextStream): string =>
    Object.entries(hidden).reduce((result, [secret, name]) => result.replaceAll(secret, name), text);
  return { code, stdout: shown(stdout), stderr: shown(stderr) };
}
