import { ExitCode } from '../../errors.js';
import { inspectMachine } from '../../index.js';
import type { Command } from '../command.js';
import { table } from '../table.js';

export const doctor: Command<object> = {
  usage: 'doctor',
  summary: 'Show what this machine has: runtime, compilers, prover backends, optional packages',
  examples: [['doctor', 'exit code 4 if something that all commands need is missing']],
  options: (y) => y,
  run: async () => {
    const report = await inspectMachine();
    const rows = report.checks.map(({ name, state, detail, hint }) => [
      state,
      name,
      hint ? `${detail} - ${hint}` : detail,
    ]);
    return {
      document: { format: 'zkinfer-doctor', version: 1, ...report },
      text: table([{ title: 'state' }, { title: 'what' }, { title: 'detail' }], rows),
      exitCode: report.ok ? ExitCode.Ok : ExitCode.Environment,
    };
  },
};
