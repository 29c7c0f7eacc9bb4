import type { Gather } from '../../src/plan/gather.js';
import { blocksOf, pointGather, windowGather } from '../../src/plan/gather.js';

const window = (kernel: number, stride: number, pad: number) => ({
  kernel: [kernel, kernel],
  strides: [stride, stride],
  dilations: [1, 1],
  padsBegin: [pad, pad],
  padsEnd: [pad, pad],
});

const GATHERS: Record<string, Gather> = {
  'padded windows': windowGather([1, 2, 8, 8], window(3, 1, 1)),
  'strided windows of two samples': windowGather([2, 1, 9, 7], window(3, 2, 1)),
  'a prime number of windows': windowGather([1, 1, 1, 9], { ...window(3, 1, 0), kernel: [1, 3], padsEnd: [0, 0] }),
  points: pointGather(2, 12),
  'one position': { channels: 1, inputSize: 3, sources: [[2, -1, 0]] },
};

describe.each(Object.entries(GATHERS))('blocks of %s', (_, gather) => {
  const { cells, taps } = blocksOf(gather);

  it('read what the positions read, in order', () => {
    const read = cells.flatMap((block) => taps.map((row) => row.map((cell) => block[cell]!)));
    expect(read).toEqual(gather.sources);
  });

  it('hold every cell only once', () => {
    const columns = cells[0]!.map((_, cell) => cells.map((block) => block[cell]).join());
    expect(new Set(columns).size).toBe(columns.length);
  });
});

it('blocks of square images are rows, which read overlapping windows once', () => {
  const { cells, taps } = blocksOf(windowGather([1, 1, 8, 8], window(3, 1, 1)));
  expect([cells.length, taps.length]).toEqual([8, 8]);
  // Three rows of eight elements; the padding beside them is one cell.
  expect(cells[0]!.length).toBe(25);
});
