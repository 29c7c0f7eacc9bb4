/** What commands that prove share. */
import type { Options } from 'yargs';
import { ZkinferError } from '../errors.js';
import { BACKEND_NAMES, type BackendName } from '../index.js';
import { given, readCount } from './options.js';

export const backendOption = {
  describe: 'what makes the proofs; by default the native prover where it is built (see `zkinfer doctor`)',
  choices: BACKEND_NAMES,
  requiresArg: true,
} as const satisfies Options;

export const weightsOption = {
  describe: 'weights file of `zkinfer commit`, where the weights are committed',
  type: 'string',
  requiresArg: true,
} as const satisfies Options;

/** Of a command that makes one proof at a time. */
export const threadsOption = {
  describe: 'threads of the native prover; by default all CPUs',
  type: 'string',
  requiresArg: true,
} as const satisfies Options;

/** Of commands that make several proofs at a time. */
export const poolOptions = {
  workers: {
    describe: 'proofs made at a time; by default what cores and memory allow',
    type: 'string',
    requiresArg: true,
  },
  threads: {
    describe: 'threads of one proof; by default the cores divided among the workers',
    type: 'string',
    requiresArg: true,
  },
  backend: backendOption,
  weights: weightsOption,
} as const satisfies Record<string, Options>;

export interface PoolArguments {
  readonly workers?: string;
  readonly threads?: string;
  readonly backend?: BackendName;
  readonly weights?: string;
}

/** @throws USAGE */
export function readPoolOptions({ workers, threads, backend, weights }: PoolArguments) {
  return given({
    workers: readCount('workers', workers, 1),
    threads: readCount('threads', threads, 1),
    backend,
    weights,
  });
}

/**
 * Refuses options that would have no effect.
 * @param options by name; those that are absent or false are not there
 * @param why completes `--NAME ...`
 * @throws USAGE
 */
export function refuseOptions(options: Readonly<Record<string, unknown>>, why: string, hint: string): void {
  const name = Object.keys(options).find((key) => options[key] !== undefined && options[key] !== false);
  if (name !== undefined) throw new ZkinferError('USAGE', `--${name} ${why}`, { hint });
}

/** @throws USAGE for options of proofs that are made here, where workers of a queue make them */
export function refuseWithQueue(options: Readonly<Record<string, unknown>>): void {
  refuseOptions(options, 'is about proofs made here; with --queue workers make them', 'give it to `zkinfer worker`');
}
