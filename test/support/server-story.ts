/** `zkinfer serve` as a process, with models of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileModel, setupDevelopment } from '../../src/index.js';
import { type CliResult, ensureBuilt, runBuiltCli } from './built-cli.js';
import { FIXTURES } from './golden-witness.js';

export interface ServerStory {
  readonly folder: string;
  readonly url: string;
  /** Artifact directory of a model. */
  dir(model: string): string;
  /** Interrupts it. @returns what it printed, and its exit code */
  stop(): Promise<CliResult>;
  remove(): void;
}

/** @param models folders of fixtures with a model.qdq-u8u8.onnx */
export async function startServer(models: readonly string[], args: readonly string[] = []): Promise<ServerStory> {
  ensureBuilt();
  const folder = mkdtempSync(join(tmpdir(), 'zkinfer-serve-'));
  const dir = (model: string): string => join(folder, model);
  for (const model of models) {
    await compileModel(join(FIXTURES, model, 'model.qdq-u8u8.onnx'), dir(model));
    await setupDevelopment(dir(model));
  }
  let interrupt = (): void => undefined;
  let ended!: Promise<CliResult>;
  const url = await new Promise<string>((resolve, reject) => {
    ended = runBuiltCli(['serve', ...models.map(dir), '--port', '0', '--json', ...args], {
      onStderr: (text, child) => {
        interrupt = () => void child.kill('SIGINT');
        const found = /listening on (http:\S+)/.exec(text)?.[1];
        if (found !== undefined) resolve(found);
      },
    });
    ended.then(({ stdout, stderr }) => reject(new Error(`the server ended: ${stdout}${stderr}`)), reject);
  });
  return {
    folder,
    url,
    dir,
    stop: () => {
      interrupt();
      return ended;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
