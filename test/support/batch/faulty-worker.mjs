/** Workers of a prover pool whose fate the first element of an input decides: they end, fail once or always, or prove as ever. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import prove from '../../../dist/api/prove-worker.js';

/** Whether this is the first time. */
function isFirst(marks, name) {
  const path = join(marks, name);
  const was = existsSync(path);
  writeFileSync(path, '');
  return !was;
}

const failure = (code, message) => ({ kind: 'failed', at: 'proof', error: { code, message } });

/** @param marks folder where it is noted what was tried */
export const faulty = (marks) => async (task) => {
  const fate = task.inputs?.[0].integers[0];
  if (fate === undefined) return prove(task);
  writeFileSync(join(marks, `try-${fate}-${readdirSync(marks).length}`), '');
  if (fate === 201) process.exit(3);
  if (fate === 202) throw new Error('a fault of the worker');
  if (fate === 203) {
    const hold = [];
    for (;;) hold.push(new Array(1e7).fill(0.5));
  }
  if (fate === 211 && isFirst(marks, 'exit')) process.exit(3);
  if (fate === 212 && isFirst(marks, 'passing')) return failure('INTERNAL', 'out of luck');
  if (fate === 221) return failure('CHECK_FAILED', 'the values do not satisfy the circuit');
  if (fate === 222) return failure('INTERNAL', 'out of luck');
  if (fate === 231) await setTimeout(400);
  return prove(task);
};
