/** The command line as users run it: bin/zkinfer.js over a build that is not older than the sources. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(ROOT, 'bin/zkinfer.js');

function newest(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return Math.max(...entries.map((entry) => statSync(join(folder, entry)).mtimeMs));
}

/** Builds dist/ if a source is newer. */
export function ensureBuilt(): void {
  const sources = newest(join(ROOT, 'src'));
  const built = (path: string): number => statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const run = (...args: string[]): void => void execFileSync(process.execPath, args, { cwd: ROOT, stdio: 'pipe' });
  if (built('dist/index.js') < sources) run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
  if (built('dist/web/page.js') < Math.max(sources, newest(join(ROOT, 'web')))) run('scripts/build-web.mjs');
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with all of stderr whenever there is more. */
  readonly onStderr?: (text: string, child: ChildProcess) => void;
}

export function runBuiltCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      options.onStderr?.(stderr, child);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
