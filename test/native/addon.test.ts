/** The frame of the addon: arguments, long work on threads of its own, ends of threads and processes. For each variant that this processor runs. */
import { jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { ERROR_CODES, ZkinferError } from '../../src/errors.js';
import type { NativeAddon } from '../../src/native/addon.js';
import { NATIVE_VARIANTS, nativeState, selectNativeVariant, type NativeVariant } from '../../src/native/load.js';
import { nativeError, runNative } from '../../src/native/work.js';
import { chosenVariant, isNativeAbsent } from '../support/backends.js';

/** Of this machine; none where native code is knowingly absent. */
const variants = NATIVE_VARIANTS.filter((variant) => isNativeAbsent === false && runs(variant));

function runs(variant: NativeVariant): boolean {
  selectNativeVariant(variant);
  const state = nativeState();
  selectNativeVariant(chosenVariant);
  return state.available || state.reason !== `this processor does not run the variant ${variant}`;
}

function load(variant: NativeVariant): NativeAddon {
  selectNativeVariant(variant);
  const state = nativeState();
  if (!state.available) throw new Error(state.reason);
  return state.addon;
}
afterEach(() => selectNativeVariant(chosenVariant));

/** Code of what it throws. */
function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return String((error as { code: unknown }).code);
  }
  return 'it throws nothing';
}

const control = (): Int32Array => new Int32Array(new SharedArrayBuffer(16));
const FOREVER = 2 ** 50;

it('is there, unless it is knowingly absent', () => {
  const state = nativeState();
  expect(state.available ? '' : state.reason).toBe(isNativeAbsent ? 'it is switched off' : '');
  expect(variants.includes('portable')).toBe(!isNativeAbsent);
});

describe.each(variants)('variant %s', (variant) => {
  const internal = { code: 'INTERNAL' };

  it('says what it is', () => {
    const addon = load(variant);
    expect(addon.variant).toBe(variant);
    expect(Object.values(addon.cpuFeatures()).every((has) => typeof has === 'boolean')).toBe(true);
  });

  it('refuses wrong arguments, whatever they are', () => {
    const addon = load(variant) as unknown as Record<string, unknown>;
    const detachable = new Int32Array(4);
    const values: unknown[] = [undefined, null, NaN, -1, 1.5, 2 ** 60, 1n, 'text', '\0', {}, [], Symbol('x'), () => 1];
    values.push(
      new Uint8Array(3),
      new Int32Array(4),
      new DataView(new ArrayBuffer(8)),
      new Date(),
      Object.create(null),
    );
    const functions = Object.entries(addon).filter(([, value]) => typeof value === 'function');
    expect(functions.length).toBeGreaterThan(4);
    for (const [name, value] of functions) {
      if (['cpuFeatures', 'benchNames', 'mapLargeBlocks'].includes(name)) continue;
      const call = value as (...args: unknown[]) => unknown;
      for (const first of values) {
        for (const second of values) {
          for (const args of [[], [first], [first, second], [first, second, 1, detachable], [first, 1, second, 1]]) {
            expect(ERROR_CODES).toHaveProperty(codeOf(() => call(...args)));
          }
        }
      }
    }
  });

  it('checks the words that it shares', () => {
    const addon = load(variant);
    for (const words of [
      new Int32Array(4),
      new Int32Array(new SharedArrayBuffer(12)),
      new Uint32Array(new SharedArrayBuffer(16)) as unknown as Int32Array,
      undefined as unknown as Int32Array,
    ]) {
      expect(() => addon.bench('fr.mul', 1, 1, words)).toThrow(expect.objectContaining(internal) as Error);
    }
    expect(() => addon.bench('fr.mul', 1, 0, control())).toThrow(expect.objectContaining(internal) as Error);
    expect(() => addon.bench('fr.mul', 1, 1025, control())).toThrow(expect.objectContaining(internal) as Error);
    expect(() => addon.bench('nothing', 1, 1, control())).toThrow(expect.objectContaining(internal) as Error);
  });

  it('measures its arithmetic', async () => {
    const addon = load(variant);
    const names = addon.benchNames();
    expect(names).toEqual(expect.arrayContaining(['fr.mul', 'fq.mul', 'fq2.mul', 'fq.inverse']));
    for (const name of names) {
      const nanoseconds = await addon.bench(name, 128, 2, control());
      expect(nanoseconds).toBeGreaterThan(0);
      expect(nanoseconds).toBeLessThan(1e9);
    }
  });

  it('does more things at a time than Node’s pool has threads', async () => {
    const addon = load(variant);
    const controllers = Array.from({ length: 20 }, () => new AbortController());
    const works = controllers.map(({ signal }) =>
      runNative({ stages: ['x'], run: (words) => addon.bench('fr.mul', FOREVER, 1, words) }, { signal }),
    );
    const settled = Promise.allSettled(works);
    expect(await addon.bench('fr.mul', 10, 1, control())).toBeGreaterThan(0);
    for (const controller of controllers) controller.abort();
    const reasons = (await settled).map((result) =>
      result.status === 'rejected' ? (result.reason as unknown) : result,
    );
    for (const reason of reasons) expect(reason).toMatchObject({ code: 'ABORTED', name: 'ZkinferError' });
  });

  it('ends its work when a worker thread ends', async () => {
    const { addon: file } = locate(variant);
    const source = `
      const { parentPort } = require('node:worker_threads');
      const addon = require(${JSON.stringify(file)});
      const words = new Int32Array(new SharedArrayBuffer(16));
      for (let i = 0; i < 3; i++) addon.bench('fq.mul', ${FOREVER}, 1, words).catch(() => {});
      const wait = () => (words[2] > 0 ? parentPort.postMessage('busy') : setTimeout(wait, 5));
      wait();`;
    for (let round = 0; round < 3; round++) {
      const worker = new Worker(source, { eval: true });
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      expect(await worker.terminate()).toBe(1);
    }
    expect(await load(variant).bench('fr.mul', 10, 1, control())).toBeGreaterThan(0);
  });

  it('lets the process end', async () => {
    const { addon: file } = locate(variant);
    const run = (end: string): Promise<{ stdout: string }> => {
      const source = `
        const addon = require(${JSON.stringify(file)});
        const words = new Int32Array(new SharedArrayBuffer(16));
        addon.bench('fq.mul', ${FOREVER}, 2, words).catch((error) => console.log(error.code, error.message));
        setTimeout(() => { ${end} }, 50);`;
      return promisify(execFile)(process.execPath, ['-e', source], { timeout: 20_000 });
    };
    expect((await run('process.exit(0)')).stdout).toBe('');
    expect((await run('Atomics.store(words, 0, 1)')).stdout).toBe('ABORTED cancelled\n');
  });
});

function locate(variant: NativeVariant): { addon: string } {
  return { addon: fileURLToPath(new URL(`../../native/build/Release/zkinfer_${variant}.node`, import.meta.url)) };
}

describe('runNative', () => {
  it('tells progress by the names of the stages', async () => {
    const events: unknown[] = [];
    const result = await runNative(
      {
        stages: ['first', 'second'],
        run: async (words) => {
          for (const [stage, done, total] of [
            [0, 0, 0],
            [1, 1, 5],
            [1, 5, 5],
            [1, 9, 5],
            [2, 0, 0],
          ] as const) {
            words.set([stage, done, total], 1);
            await new Promise((resolve) => setTimeout(resolve, 130));
          }
          return 7;
        },
      },
      { onProgress: (event) => events.push(event) },
    );
    expect(result).toBe(7);
    expect(events).toEqual([
      { stage: 'first' },
      { stage: 'second', done: 1, total: 5 },
      { stage: 'second', done: 5, total: 5 },
    ]);
  });
  it('does not begin what is cancelled, and cancels what has begun', async () => {
    const run = jest.fn(async (words: Int32Array) => {
      while (Atomics.load(words, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      throw Object.assign(new Error('cancelled'), { code: 'ABORTED' });
    });
    await expect(runNative({ stages: [], run }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(run).not.toHaveBeenCalled();
    await expect(runNative({ stages: [], run }, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
  it('makes errors of the addon our own', () => {
    const thrown = Object.assign(new Error('it is truncated'), { code: 'ARTIFACT_FORMAT' });
    const known = nativeError(thrown, { subject: 'the .zkey file', location: { file: 'a' }, hint: 'again' });
    expect(known).toBeInstanceOf(ZkinferError);
    expect(known).toMatchObject({
      code: 'ARTIFACT_FORMAT',
      message: 'the .zkey file is damaged: it is truncated',
      location: { file: 'a' },
      hint: 'again',
    });
    for (const strange of [
      new Error('42 is private'),
      undefined,
      'text',
      { code: 'toString', message: 'x' },
      { code: 'IO' },
    ]) {
      expect(nativeError(strange)).toMatchObject({ code: 'INTERNAL', message: 'native code failed' });
    }
  });
});
