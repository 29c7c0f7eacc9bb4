import { PassThrough } from 'node:stream';
import { ProblemsError, ZkinferError } from '../../src/errors.js';
import { picture } from '../../src/cli/digit-picture.js';
import { certificateText, domainText } from '../../src/cli/layer-table.js';
import { lineProgress, openProgress } from '../../src/cli/progress.js';
import { asZkinferError, errorText } from '../../src/cli/report-error.js';
import { duration, grouped, percent, table } from '../../src/cli/table.js';

it('aligns columns', () => {
  const columns = [{ title: 'name' }, { title: 'count', align: 'right' }] as const;
  expect(
    table(columns, [
      ['a', '1'],
      ['longer', '1,000,000'],
    ]),
  ).toMatchInlineSnapshot(`
   "name        count
   ------  ---------
   a               1
   longer  1,000,000"
  `);
});

it('writes numbers, shares and times for people', () => {
  expect([grouped(0), grouped(999), grouped(1000), grouped(12345678n)]).toEqual(['0', '999', '1,000', '12,345,678']);
  expect([percent(1, 3), percent(0, 0)]).toEqual(['33.3 %', '-']);
  expect([duration(3.4), duration(59_949), duration(60_000), duration(3_600_000)]).toEqual([
    '3 ms',
    '59.9 s',
    '1 min 0 s',
    '60 min 0 s',
  ]);
});

it('says how far a circuit is from the next smaller domain', () => {
  expect(domainText(1020, 10)).toBe('2^10 = 1,024 (100.0 % used, 512 above 2^9)');
});

it('says when there is nothing to certify', () => {
  const none = { channels: 0, powerOfTwo: 0, smallMultiplier: 0, arbitrary: 0, withExceptions: 0, exceptions: 0 };
  expect(certificateText({ ...none, thresholdsChecked: 0 })).toBe('nothing is requantized');
});

it('draws images', () => {
  expect(picture([0, 128, 255, 0], 2)).toMatchInlineSnapshot(`
   "+----+
   |  ++|
   |@@  |
   +----+"
  `);
  expect(picture([7, 7], 2)).toContain('|    |');
});

describe('errors', () => {
  it('shows all problems, each hint once', () => {
    const hint = 'quantize it';
    const problems = [
      new ZkinferError('MODEL_NOT_QUANTIZED', 'Conv is float', { location: { node: 'c1', op: 'Conv' }, hint }),
      new ZkinferError('MODEL_UNSUPPORTED', 'no such dtype', { location: { tensor: 'w', index: 3 }, hint }),
    ];
    expect(errorText(new ProblemsError('2 problems', problems))).toMatchInlineSnapshot(`
     "error MODEL_NOT_QUANTIZED: 2 problems
       code                 at              problem
       -------------------  --------------  -------------
       MODEL_NOT_QUANTIZED  node c1 (Conv)  Conv is float
       MODEL_UNSUPPORTED    w, element 3    no such dtype
       hint  quantize it"
    `);
  });

  it('keeps the messages of foreign errors, which may hold anything, to itself', () => {
    const error = asZkinferError(new TypeError('value 42 is private'));
    expect(error.code).toBe('INTERNAL');
    expect(error.exitCode).toBe(70);
    expect(errorText(error)).toMatchInlineSnapshot(`
     "error INTERNAL: unexpected TypeError
       hint  this is a fault of zkinfer: run it again with ZKINFER_DEBUG=1 and report what it prints"
    `);
  });
});

describe('progress', () => {
  function watched(): { stream: PassThrough; text: () => string } {
    const stream = new PassThrough();
    return { stream, text: () => (stream.read() as Buffer | null)?.toString() ?? '' };
  }

  it('is one plain line per stage without a terminal, and counts now and then', () => {
    const { stream, text } = watched();
    let time = 0;
    const { onProgress } = lineProgress({ stream, now: () => time });
    onProgress({ stage: 'reading model' });
    for (let done = 0; done <= 3000; done += 1000) {
      onProgress({ stage: 'multiplying', done, total: 3000 });
      time += 6000;
    }
    expect(text()).toBe('reading model\nmultiplying\nmultiplying: 2,000 of 3,000\n');
  });

  it('leaves nothing of its bars on a terminal', () => {
    const { stream, text } = watched();
    const terminal = Object.assign(stream, {
      isTTY: true,
      cursorTo: () => true,
      clearLine: () => true,
      moveCursor: () => true,
    });
    const { onProgress, stop } = openProgress({ stream: terminal });
    onProgress({ stage: 'reading model' });
    onProgress({ stage: 'multiplying', done: 1, total: 2 });
    onProgress({ stage: 'multiplying', done: 2, total: 2 });
    stop();
    const written = text();
    expect(written).toContain('reading model ...');
    expect(written).not.toContain('\n');
  });
});
