/** Processes that keep a key and make one proof after the other. */
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { start, usageOf } from './processes.mjs';

const WORKER = fileURLToPath(new URL('prove-worker.mjs', import.meta.url));
/** More proofs than any benchmark makes. */
const UNBOUNDED = 1_000_000;

/** Requests under way, settled by answers or by the end of the process. */
class Pending {
  #waiting = new Map();
  #failure;

  constructor(child, name) {
    const fail = (error) => {
      this.#failure = error;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    child.once('error', fail);
    child.once('exit', (code, signal) => fail(new Error(`${name} ended with ${code ?? signal}`)));
  }

  wait(id) {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure);
      else this.#waiting.set(id, { resolve, reject });
    });
  }

  /** Settles a request; the oldest one without an id. */
  settle(result, id = this.#waiting.keys().next().value) {
    const request = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (result instanceof Error) request?.reject(result);
    else request?.resolve(result);
  }
}

/** One of the library's backends. `prove` may be called while others are under way. */
export class BackendRunner {
  #child;
  #pending;
  #next = 0;

  /** @param cores numbers of cores to keep to; any where undefined. */
  static async start(name, { zkey, wtns }, cores) {
    const runner = new BackendRunner();
    runner.#child = start(process.execPath, [WORKER, name, zkey, wtns], {
      cores,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    runner.#pending = new Pending(runner.#child, name);
    const ready = runner.#pending.wait('ready');
    runner.#child.on('message', ({ id, ready: isReady, error, ...result }) => {
      runner.#pending.settle(error === undefined ? result : new Error(error), isReady ? 'ready' : id);
    });
    await ready;
    return runner;
  }

  /** @returns time in milliseconds, proof and public signals. */
  prove(threads) {
    const id = this.#next++;
    const answer = this.#pending.wait(id);
    this.#child.send({ id, threads });
    return answer;
  }

  usage() {
    return usageOf(this.#child.pid);
  }

  stop() {
    this.#child.disconnect();
  }
}

/** The program that bench/rapidsnark-warm.cpp is compiled to. */
export class RapidsnarkRunner {
  #child;
  #pending;

  static async start(program, { zkey, wtns }, cores) {
    const runner = new RapidsnarkRunner();
    const args = [zkey, wtns, String(UNBOUNDED)];
    runner.#child = start(program, args, { cores, stdio: ['pipe', 'pipe', 'inherit'] });
    runner.#pending = new Pending(runner.#child, program);
    runner.#child.stdin.on('error', () => undefined); // the end of the process is reported by itself
    createInterface({ input: runner.#child.stdout }).on('line', (line) =>
      runner.#pending.settle({ time: Number(line) }),
    );
    return runner;
  }

  /** @returns time in milliseconds. */
  prove() {
    const answer = this.#pending.wait(Symbol('proof'));
    this.#child.stdin.write('\n');
    return answer;
  }

  usage() {
    return usageOf(this.#child.pid);
  }

  stop() {
    this.#child.kill();
  }
}
