/** The machine that figures are of. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

export const CORES = availableParallelism();

/** One line: versions, cores, memory, and how busy the machine is with other work. */
export function describeMachine() {
  const [{ model }] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0].toFixed(1);
  return `Node ${process.versions.node}, ${CORES} x ${model.trim()}, ${memory} GiB, ${process.platform} ${process.arch}, load ${load} at the start`;
}
