import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ZkinferError } from '../../errors.js';
import type { Command } from '../command.js';
import { runDemo } from '../demo-steps.js';
import { readCount } from '../options.js';

interface DemoArguments {
  readonly keep?: string;
  readonly index: string;
}

export const demo: Command<DemoArguments> = {
  usage: 'demo',
  summary: 'The whole way with a bundled digit classifier, a local chain included',
  examples: [
    ['demo', 'compile, setup, prove, verify, deploy, accept - and refuse a tampered output'],
    ['demo --keep demo-output', 'keep all artifacts'],
  ],
  options: (y) =>
    y
      .option('keep', {
        describe: 'new or empty folder for the artifacts, not removed afterwards',
        type: 'string',
        requiresArg: true,
      })
      .option('index', { describe: 'which of the 20 bundled digits', type: 'string', default: '3', requiresArg: true }),
  run: async ({ keep, index }, context) => {
    const sample = readCount('index', index)!;
    const folder = keep === undefined ? await mkdtemp(join(tmpdir(), 'zkinfer-demo-')) : await emptyFolder(keep);
    try {
      const { text, ...facts } = await runDemo(folder, sample, context);
      return {
        document: { format: 'zkinfer-demo', version: 1, ...facts },
        text: keep === undefined ? text : `${text}\nartifacts kept in ${keep}`,
      };
    } finally {
      if (keep === undefined) await rm(folder, { recursive: true, force: true });
    }
  },
};

async function emptyFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  if ((await readdir(path)).length === 0) return path;
  throw new ZkinferError('USAGE', `${path} is not empty`, { location: { file: path } });
}
