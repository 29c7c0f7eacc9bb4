import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

const CLI = resolve('node_modules/snarkjs/build/cli.cjs');

/** Runs snarkjs's own command line in a process of its own: its exit code, and what it printed. */
export function runSnarkjs(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [CLI, ...args], (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}
