/** test/conformance/onnx-node.json: for every official operator test the form in which it passes, or why it is not claimed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Form, Outcome } from './evaluate.js';
import { FORMS } from './evaluate.js';

const FILE = join(import.meta.dirname, '../../conformance/onnx-node.json');

export interface StatusList {
  /** What the codes of tests that are not claimed mean. */
  readonly reasons: Readonly<Record<string, string>>;
  /** A form or the code of a reason by test. */
  readonly tests: Readonly<Record<string, string>>;
}

export function readStatus(): StatusList {
  return JSON.parse(readFileSync(FILE, 'utf8')) as StatusList;
}

export function isForm(status: string): status is Form {
  return Object.hasOwn(FORMS, status);
}

/** What the list has to say of an outcome; a refusal agrees with any reason. */
export function statusOf(outcome: Outcome, listed: string): string {
  if (outcome.kind === 'passed') return outcome.form;
  if (outcome.kind === 'wrong') return `wrong ${outcome.form}: ${outcome.difference}`;
  return isForm(listed) ? `refused: ${JSON.stringify(outcome.reasons)}` : listed;
}

/** Lists all that passes as passing; reasons, and what no longer passes, are left for a person to write. */
export function updateStatus(outcomes: ReadonlyMap<string, Outcome>): void {
  const { reasons, tests } = readStatus();
  const updated = Object.entries(tests).map(([name, status]) => {
    const outcome = outcomes.get(name);
    return [name, outcome?.kind === 'passed' ? outcome.form : status];
  });
  writeFileSync(FILE, `${JSON.stringify({ reasons, tests: Object.fromEntries(updated) }, null, 2)}\n`);
}

/** One line for each test: what is listed, what happens today, and the messages of refusals. */
export function printOutcomes(outcomes: ReadonlyMap<string, Outcome>): void {
  const { tests } = readStatus();
  const lines = [...outcomes].map(([name, outcome]) => {
    const detail = outcome.kind === 'refused' ? Object.entries(outcome.reasons).map((pair) => pair.join(': ')) : [];
    return [name, tests[name] ?? '(not listed)', statusOf(outcome, 'refused'), detail.join(' | ')].join('\t');
  });
  process.stdout.write(`${lines.join('\n')}\n`);
}
