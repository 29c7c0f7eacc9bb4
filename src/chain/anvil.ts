/** A local Ethereum node: anvil, from the optional package `@foundry-rs/anvil`, as a process. */

import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { execPath } from 'node:process';
import { ZkinferError } from '../errors.js';
import { missingPackage } from './optional-package.js';

export interface AnvilOptions {
  /** TCP port on 127.0.0.1. Default 0: a free one. */
  readonly port?: number;
  /** Rules of the chain, such as `prague`. Default: the latest that anvil knows. */
  readonly hardfork?: string;
  /** Further arguments of anvil. */
  readonly extraArguments?: readonly string[];
  /** How long to wait until it answers, in milliseconds. Default 20,000. */
  readonly startTimeout?: number;
  readonly signal?: AbortSignal;
}

export interface Anvil {
  /** `http://127.0.0.1:port`. The node holds ten unlocked accounts with 10,000 ether each. */
  readonly rpcUrl: string;
  /** Process id of anvil itself. */
  readonly pid: number;
  /** Ends the process and waits for its end. May be called again. */
  stop(): Promise<void>;
}

/**
 * The guard runs anvil as its child and ends it as soon as its own standard input closes: when the owner closes it, and also when the
 * owner dies in whatever way, since the system then closes the pipe.
 */
export const ANVIL_GUARD = `
const { spawn } = require('node:child_process');
const [binary, ...args] = process.argv.slice(1);
const node = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
process.stdout.write('guarded pid ' + node.pid + '\\n');
node.stdout.pipe(process.stdout);
node.stderr.pipe(process.stderr);
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
const stop = () => node.kill('SIGKILL');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
process.stdin.on('end', stop).on('error', stop).resume();
node.on('error', (error) => { process.stderr.write(String(error.message)); process.exit(1); });
node.on('exit', (code) => process.exit(code ?? 0));
`;

/**
 * Starts a node and waits until it listens.
 * @throws TOOL_FAILED when the package is missing or the node does not start, ABORTED.
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const args = ['--host', '127.0.0.1', '--port', String(options.port ?? 0)];
  if (options.hardfork !== undefined) args.push('--hardfork', options.hardfork);
  const child = spawn(execPath, ['-e', ANVIL_GUARD, anvilBinary(), ...args, ...(options.extraArguments ?? [])], {
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.stdin?.end();
    await ended;
  };
  try {
    const { rpcUrl, pid } = await listening(child, options);
    return { rpcUrl, pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Path of the executable: each platform has a package of its own beside @foundry-rs/anvil. */
export function anvilBinary(): string {
  const system = platform();
  const machine = arch() === 'x64' ? 'amd64' : arch();
  const file = system === 'win32' ? 'anvil.exe' : 'anvil';
  try {
    const fromHere = createRequire(import.meta.url);
    const fromAnvil = createRequire(fromHere.resolve('@foundry-rs/anvil/package.json'));
    return fromAnvil.resolve(`@foundry-rs/anvil-${system}-${machine}/bin/${file}`);
  } catch (cause) {
    throw missingPackage('@foundry-rs/anvil', 'run a local chain', cause);
  }
}

function listening(child: ChildProcess, options: AnvilOptions): Promise<{ rpcUrl: string; pid: number }> {
  return new Promise((resolve, reject) => {
    let [printed, complaints] = ['', ''];
    const fail = (message: string, cause?: unknown): void => {
      cleanUp();
      reject(
        new ZkinferError('TOOL_FAILED', `anvil ${message}${complaints === '' ? '' : `: ${complaints.trim()}`}`, {
          cause,
          hint: 'choose a free port, or leave the choice to the system',
        }),
      );
    };
    const abort = (): void => {
      cleanUp();
      reject(new ZkinferError('ABORTED', 'cancelled', { cause: options.signal?.reason }));
    };
    const timer = setTimeout(() => fail('did not start in time'), options.startTimeout ?? 20_000);
    const read = (chunk: Buffer): void => {
      printed += chunk.toString();
      const address = /Listening on (\S+:\d+)/.exec(printed)?.[1];
      const pid = /guarded pid (\d+)/.exec(printed)?.[1];
      if (address === undefined || pid === undefined) return;
      cleanUp();
      resolve({ rpcUrl: `http://${address}`, pid: Number(pid) });
    };
    const complain = (chunk: Buffer): void => {
      complaints = (complaints + chunk.toString()).slice(-2_000);
    };
    const exit = (): void => fail('ended instead of listening');
    const failSpawn = (error: Error): void => fail('could not be run', error);
    function cleanUp(): void {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', abort);
      child.stdout?.off('data', read);
      child.off('close', exit);
      // What the node prints from now on must not fill the pipe.
      child.stdout?.resume();
    }
    child.stdout?.on('data', read);
    child.stderr?.on('data', complain);
    child.stdin?.on('error', () => undefined);
    child.once('close', exit);
    child.once('error', failSpawn);
    if (options.signal?.aborted) abort();
    else options.signal?.addEventListener('abort', abort, { once: true });
  });
}
