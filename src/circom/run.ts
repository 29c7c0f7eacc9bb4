import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { ZkinferError } from '../errors.js';
import type { WorkOptions } from '../progress.js';

export interface CircomOptions {
  /** Host folders by the name the compiler sees them under; sources, includes and output must lie in them. */
  readonly folders: Readonly<Record<string, string>>;
  /** circom's own arguments, with paths under the names of `folders`. */
  readonly args: readonly string[];
}

/**
 * Source of the worker that runs the compiler: circom2 blocks its thread, and ending a worker is the only way to cancel it. It is
 * plain CommonJS text because circom2 is CommonJS and the worker must start the same way from sources and from dist/.
 */
const WORKER = `
const { workerData, parentPort } = require('node:worker_threads');
const fs = require('node:fs');
const { CircomRunner, bindings } = require(workerData.circom2);
let output = '';
const captured = Object.assign({}, fs, {
  writeSync(fd, buffer, offset, length, position) {
    if (fd !== 1 && fd !== 2) return fs.writeSync(fd, buffer, offset, length, position);
    const bytes = Buffer.from(buffer.buffer ?? buffer, (buffer.byteOffset ?? 0) + (offset ?? 0), length ?? buffer.length);
    output += bytes.toString('utf8');
    return bytes.length;
  },
});
const runner = new CircomRunner({
  args: workerData.args,
  env: {},
  preopens: workerData.folders,
  bindings: Object.assign({}, bindings, { fs: captured }),
});
runner.execute(fs.readFileSync(workerData.wasm)).then(
  () => parentPort.postMessage({ ok: true, output }),
  (error) => parentPort.postMessage({ ok: false, output, error: String(error && error.message || error) }),
);
`;

const require = createRequire(import.meta.url);
const COLOURS = /\u001b\[[0-9;]*m/g;

/** Version of the circom compiler inside the circom2 package, as the package states it. */
export function circomVersion(): string {
  return (require('circom2/package.json') as { version: string }).version;
}

/**
 * Runs the circom compiler and returns what it printed.
 * @throws TOOL_FAILED with the compiler's own message; ABORTED.
 */
export function runCircom(options: CircomOptions, work: WorkOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, {
      eval: true,
      workerData: {
        circom2: require.resolve('circom2'),
        wasm: require.resolve('circom2/circom.wasm'),
        folders: { ...options.folders },
        args: [...options.args],
      },
    });
    const onAbort = (): void => {
      void worker.terminate();
      reject(new ZkinferError('ABORTED', 'cancelled', { cause: work.signal?.reason }));
    };
    if (work.signal?.aborted) return onAbort();
    work.signal?.addEventListener('abort', onAbort, { once: true });
    const settle = (finish: () => void): void => {
      work.signal?.removeEventListener('abort', onAbort);
      void worker.terminate();
      finish();
    };
    worker.once('error', (cause) => settle(() => reject(circomFailure(String(cause), cause))));
    worker.once('message', (message: { ok: boolean; output: string; error?: string }) => {
      const text = message.output.replace(COLOURS, '');
      settle(() =>
        message.ok ? resolve(text) : reject(circomFailure(text.trim() || (message.error ?? 'no message'))),
      );
    });
  });
}

function circomFailure(message: string, cause?: unknown): ZkinferError {
  return new ZkinferError('TOOL_FAILED', `the circom compiler failed: ${message}`, {
    hint: 'If it ran out of memory, the circuit is too large for this machine; otherwise please report this with the model.',
    cause,
  });
}
