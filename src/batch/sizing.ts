/** How many workers a machine has room for, and how many threads each of them takes. */

/** What a machine has for a batch. */
export interface MachineRoom {
  readonly cores: number;
  /** Bytes that may be taken, limits of a container included. */
  readonly memory: number;
}

/** What proving takes in memory, in bytes. */
export interface ProvingNeed {
  /** Once for all workers. */
  readonly shared: number;
  /** Of each worker. */
  readonly each: number;
}

export interface WorkerPlan {
  readonly workers: number;
  /** Threads of one proof. */
  readonly threads: number;
  /** Why so many, in a few words. */
  readonly reason: string;
}

/** Part of the memory that is left to everything else. */
const RESERVE = 0.2;

/**
 * As many workers as there are cores, as far as the memory goes: proofs on one thread each give the most proofs a minute. Threads are what
 * cores are left for. What is given is taken as it is.
 */
export function planWorkers(
  { cores, memory }: MachineRoom,
  need: ProvingNeed,
  given: { readonly workers?: number; readonly threads?: number } = {},
): WorkerPlan {
  const fitting = Math.floor((memory * (1 - RESERVE) - need.shared) / need.each);
  const wanted = given.threads === undefined ? cores : Math.max(1, Math.floor(cores / given.threads));
  const workers = given.workers ?? Math.max(1, Math.min(wanted, fitting));
  const threads = given.threads ?? Math.max(1, Math.floor(cores / workers));
  const has = `${cores} ${cores === 1 ? 'core' : 'cores'}`;
  const room = `${megabytes(memory)} of memory, of which the key takes ${megabytes(need.shared)} once and each worker ${megabytes(need.each)}`;
  if (given.workers !== undefined) return { workers, threads, reason: `${workers} as given; ${has}` };
  if (fitting < wanted) return { workers, threads, reason: `limited by ${room}` };
  return { workers, threads, reason: `${has}, ${room}` };
}

function megabytes(bytes: number): string {
  return `${Math.max(0, Math.round(bytes / 1e6)).toString()} MB`;
}
