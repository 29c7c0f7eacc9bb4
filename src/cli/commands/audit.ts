import { ExitCode } from '../../errors.js';
import type { AuditReport, OpenSignals } from '../../index.js';
import { auditCircuit } from '../../index.js';
import type { Command } from '../command.js';
import { duration, grouped, keyValues } from '../table.js';

interface AuditArguments {
  readonly DIR: string;
  readonly ptau?: string;
}

/** Signals that people are shown. */
const SHOWN = 20;

export const audit: Command<AuditArguments> = {
  usage: 'audit <DIR>',
  summary: 'Show that the witness of a circuit is unique, and that the key is one for it',
  examples: [
    ['audit build', 'exit code 1 if a signal is not determined by the inputs'],
    ['audit build --ptau pot18.ptau', 'also checks the key against the ptau file, and all contributions'],
  ],
  options: (y) =>
    y
      .positional('DIR', { describe: 'artifact directory', type: 'string', demandOption: true })
      .option('ptau', { describe: 'ptau file that the key was made from', type: 'string' }),
  run: async ({ DIR, ptau }, { signal, onProgress }) => {
    const report = await auditCircuit(DIR, { signal, onProgress, ...(ptau !== undefined && { ptau }) });
    return {
      document: { format: 'zkinfer-audit', version: 1, ...report },
      text: reportText(report),
      exitCode: report.ok ? ExitCode.Ok : ExitCode.Invalid,
    };
  },
};

function reportText(report: AuditReport): string {
  const { circuit, ranges, challenge, key, undetermined, unbound, rules } = report;
  const inputs = report.inputs.map(({ name, elements }) => (elements === 1 ? name : `${name}[${elements}]`)).join(', ');
  const byRule = Object.entries(rules)
    .filter(([, count]) => count > 0)
    .map(([rule, count]) => `${rule} ${grouped(count)}`)
    .join(', ');
  return [
    keyValues([
      ['circuit', `${grouped(circuit.constraints)} constraints, ${grouped(circuit.wires)} wires`],
      ['inputs', inputs],
      ['by the inputs', openText(undetermined)],
      [`by ${grouped(unbound.hashed)} hashed elements`, openText(unbound)],
      ['rules', byRule],
      ...(challenge
        ? [
            [
              'challenge',
              `${challenge.signal}: polynomials of degree ${challenge.degree}, 2^-${challenge.bits} a try`,
            ] as const,
          ]
        : []),
      [
        'ranges',
        `${grouped(ranges.integer)} constraints between integers of at most ${ranges.widestBits} bits, ` +
          (ranges.wrapping.length > 0 ? `${grouped(ranges.wrapping.length)} can wrap` : 'none can wrap'),
      ],
      ...(key ? [['key', keyText(key)] as const] : []),
      ['time', duration(report.milliseconds)],
    ]),
    ...listText('not determined by the inputs', undetermined),
    ...listText('not determined by what is hashed', unbound),
    '',
    ...(report.ok ? ['ok'] : report.problems.map((problem) => `problem: ${problem}`)),
  ].join('\n');
}

function openText({ count }: OpenSignals): string {
  return count === 0 ? 'all signals are determined' : `${grouped(count)} signals are not shown to be determined`;
}

function keyText({ singleParty, ceremony }: NonNullable<AuditReport['key']>): string {
  const maker = singleParty ? 'made by one party, who could forge proofs' : 'made by a ceremony';
  if (ceremony === undefined) return `${maker}; its points are safe if no problem is named`;
  return `${maker}; ${ceremony.valid ? 'belongs to circuit and ptau, all contributions are right' : 'does not verify'}`;
}

function listText(title: string, { count, signals }: OpenSignals): string[] {
  if (count === 0) return [];
  const shown = signals
    .slice(0, SHOWN)
    .map(({ signal, constraints }) => `  ${signal}  (constraints ${constraints.slice(0, 8).join(', ')})`);
  const more = count > shown.length ? [`  and ${grouped(count - shown.length)} more: --json lists them`] : [];
  return ['', `${title}:`, ...shown, ...more];
}
