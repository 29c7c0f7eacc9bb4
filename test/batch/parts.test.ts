import { jest } from '@jest/globals';
import { inferenceIdentity, type BatchSubject } from '../../src/batch/identity.js';
import { InFlight } from '../../src/batch/in-flight.js';
import { restoreError, stateError } from '../../src/batch/messages.js';
import { Meter } from '../../src/batch/meter.js';
import { planWorkers } from '../../src/batch/sizing.js';
import { ZkinferError } from '../../src/errors.js';

describe('the identity of an inference', () => {
  const subject: BatchSubject = { modelId: `0x${'1'.repeat(64)}`, context: `0x${'0'.repeat(64)}` };

  it('is that of its statement and input alone', () => {
    const all = [
      inferenceIdentity(subject, [1, 2, 3]),
      inferenceIdentity(subject, [1, 2, 4]),
      inferenceIdentity(subject, [1, 2]),
      inferenceIdentity(subject, [-1, 2, 3]),
      inferenceIdentity({ ...subject, modelId: `0x${'2'.repeat(64)}` }, [1, 2, 3]),
      inferenceIdentity({ ...subject, context: `0x${'1'.repeat(64)}` }, [1, 2, 3]),
      inferenceIdentity({ ...subject, weightsCommitment: `0x${'1'.repeat(64)}` }, [1, 2, 3]),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(inferenceIdentity({ ...subject }, Int32Array.of(1, 2, 3))).toBe(all[0]);
  });

  it('never changes', () => {
    expect(inferenceIdentity(subject, [-128, 0, 127, 255])).toMatchInlineSnapshot(
      `"d5d8d6089591384ae448399e4c24bab19606ce6302455ecdf756df28cd3f0f20"`,
    );
  });
});

describe('the number of workers', () => {
  const need = { shared: 100e6, each: 50e6 };
  it.each([
    ['as many as cores', { cores: 8, memory: 10e9 }, {}, [8, 1]],
    ['fewer where memory is scarce, cores become threads', { cores: 8, memory: 300e6 }, {}, [2, 4]],
    ['one at least', { cores: 4, memory: 1e6 }, {}, [1, 4]],
    ['as given', { cores: 4, memory: 1e6 }, { workers: 3 }, [3, 1]],
    ['as threads leave', { cores: 8, memory: 10e9 }, { threads: 3 }, [2, 3]],
    ['both as given', { cores: 2, memory: 10e9 }, { workers: 5, threads: 7 }, [5, 7]],
    ['one core', { cores: 1, memory: 10e9 }, { threads: 4 }, [1, 4]],
  ])('is %s', (_, room, given, [workers, threads]) => {
    const plan = planWorkers(room, need, given);
    expect([plan.workers, plan.threads]).toEqual([workers, threads]);
  });

  it('comes with its reason', () => {
    expect(planWorkers({ cores: 2, memory: 1e9 }, need).reason).toBe(
      '2 cores, 1000 MB of memory, of which the key takes 100 MB once and each worker 50 MB',
    );
    expect(planWorkers({ cores: 8, memory: 300e6 }, need).reason).toMatch(/^limited by 300 MB of memory/);
    expect(planWorkers({ cores: 8, memory: 1e9 }, need, { workers: 1 }).reason).toBe('1 as given; 8 cores');
  });
});

describe('tasks in flight', () => {
  it('are never more than the limit', async () => {
    const tasks = new InFlight(3);
    let [running, most, done] = [0, 0, 0];
    for (let i = 0; i < 20; i++) {
      await tasks.begin(async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, i % 4));
        running -= 1;
        done += 1;
      });
    }
    await tasks.end();
    expect([running, most, done]).toEqual([0, 3, 20]);
  });

  it('end with the first error, and none is begun after it', async () => {
    const tasks = new InFlight(2);
    let isDone = false;
    await tasks.begin(async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      isDone = true;
    });
    await tasks.begin(() => Promise.reject(new Error('first')));
    const third = jest.fn(() => Promise.resolve());
    await expect(tasks.begin(third)).rejects.toThrow('first');
    await expect(tasks.end()).rejects.toThrow('first');
    expect(third).not.toHaveBeenCalled();
    expect(isDone).toBe(true);
  });
});

it('errors keep what they say from thread to thread', () => {
  const location = { file: 'a', tensor: 'x', index: 3 };
  const error = new ZkinferError('INPUT_VALUE', 'message', { hint: 'hint', location });
  expect(restoreError(structuredClone(stateError(error)))).toMatchObject({
    code: 'INPUT_VALUE',
    message: 'message',
    hint: 'hint',
    location,
  });
  expect(stateError(new TypeError('odd'))).toEqual({ code: 'INTERNAL', message: 'odd' });
});

it('figures of a run are those of its proofs', () => {
  const meter = new Meter();
  expect(meter.read()).toMatchObject({ proved: 0, failed: 0, skipped: 0, proofsPerMinute: 0 });
  expect(meter.read().latency).toBeUndefined();
  meter.begin();
  for (let i = 1; i <= 1000; i++) meter.addProof(i);
  const { latency, proved, peakMemoryBytes } = meter.read();
  expect(proved).toBe(1000);
  expect(peakMemoryBytes).toBeGreaterThan(10e6);
  for (const [name, expected] of [
    ['p50', 500],
    ['p90', 900],
    ['p99', 990],
    ['max', 1000],
  ] as const) {
    expect(Math.abs(latency![name] - expected)).toBeLessThan(0.01 * expected);
  }
});
