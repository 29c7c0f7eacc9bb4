/** Child processes, with what they use of the machine as Linux reports it; elsewhere memory and CPU time are not known. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const POLL_MILLISECONDS = 20;
/** Linux reports CPU time in ticks of 1/100 s to programs on all its usual architectures. */
const MILLISECONDS_PER_TICK = 10;

/** Bytes of memory at the most so far, and milliseconds of CPU time of all threads; undefined where not known. */
export function usageOf(pid) {
  try {
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    // The second field, the name in parentheses, may hold spaces; user and system time are fields 14 and 15.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    if (peak === null) return undefined; // ended, not yet collected
    return { peak: 1024 * Number(peak[1]), cpu: MILLISECONDS_PER_TICK * (Number(fields[11]) + Number(fields[12])) };
  } catch {
    return undefined;
  }
}

let hasTaskset;
/** Whether a process can be kept to some cores. */
function canPin() {
  hasTaskset ??= process.platform === 'linux' && spawnSync('taskset', ['--version']).status === 0;
  return hasTaskset;
}

/** Starts a process. @param options those of spawn, and `cores`: numbers of those to keep to, where the system can. */
export function start(command, args, { cores, ...options } = {}) {
  const [file, list] =
    cores !== undefined && canPin() ? ['taskset', ['-c', cores.join(','), command, ...args]] : [command, args];
  return spawn(file, list, options);
}

/** The cores of worker number `index` of `workers`: its share of all; undefined (any core) where there are too few. */
export function shareOfCores(index, workers, cores) {
  const share = Math.floor(cores / workers);
  if (workers === 1 || share === 0) return undefined;
  return Array.from({ length: share }, (_, i) => index * share + i);
}

/**
 * Runs a process to its end.
 * @returns milliseconds of wall time, its standard output, and `usage` as of its last moments.
 * @throws Error when it does not end with 0.
 */
export function runToEnd(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = start(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
    let output = '';
    let usage;
    const poll = () => (usage = usageOf(child.pid) ?? usage);
    const timer = setInterval(poll, POLL_MILLISECONDS);
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => {
      clearInterval(timer);
      reject(error);
    });
    child.once('close', (code, signal) => {
      clearInterval(timer);
      const time = performance.now() - started;
      if (code === 0) resolve({ time, output, usage });
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}`));
    });
  });
}
