/** What a process takes. */
import { readFileSync } from 'node:fs';
import { resourceUsage } from 'node:process';

/**
 * Largest resident size of this process so far, in bytes. On Linux from /proc: what getrusage says there is at least the size of the
 * process that started this one (execve keeps the mark of the memory that it replaces).
 */
export function peakMemory(): number {
  try {
    const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return 1024 * Number(kilobytes);
  } catch {
    // Not Linux.
  }
  return 1024 * resourceUsage().maxRSS;
}
