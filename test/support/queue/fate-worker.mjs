/** Worker of a prover pool whose fate the first element of an input decides: it takes its time, kills the whole process, or fails. */
import { setTimeout } from 'node:timers/promises';
import prove from '../../../dist/api/prove-worker.js';

export default async function run(task) {
  const fate = task.inputs?.[0].integers[0];
  if (fate === 240) await setTimeout(3_000);
  if (fate === 241) process.kill(process.pid, 'SIGKILL');
  if (fate === 242) return { kind: 'failed', at: 'proof', error: { code: 'INTERNAL', message: 'out of luck' } };
  return prove(task);
}
