import type { Window } from '../../src/ir/types.js';
import { hasPadding, windowInputIndex, windowOutputShape, windowTaps } from '../../src/ir/window.js';
import { Random } from '../support/random.js';

function window(kernel: number[], changes: Partial<Window> = {}): Window {
  const ones = kernel.map(() => 1);
  const zeros = kernel.map(() => 0);
  return { kernel, strides: ones, dilations: ones, padsBegin: zeros, padsEnd: zeros, ...changes };
}

it('lists the taps of a padded line', () => {
  const taps = windowTaps([3], window([2], { padsBegin: [1], padsEnd: [1] }));
  expect(taps).toMatchObject({ outputSpatial: [4], positions: 4, taps: 2 });
  expect([...taps.indices]).toEqual([-1, 0, 0, 1, 1, 2, 2, -1]);
});

it('lists the taps of a dilated, strided plane', () => {
  const taps = windowTaps([4, 5], window([2, 2], { strides: [1, 2], dilations: [2, 3] }));
  expect(taps.outputSpatial).toEqual([2, 1]);
  expect([...taps.indices]).toEqual([0, 3, 10, 13, 5, 8, 15, 18]);
});

it('agrees with the axis-wise definition in up to three dimensions', () => {
  const random = new Random(5);
  for (let run = 0; run < 60; run++) {
    const rank = random.integer(1, 3);
    const input = random.integers(rank, 3, 6);
    const w = window(random.integers(rank, 1, 3), {
      strides: random.integers(rank, 1, 3),
      dilations: random.integers(rank, 1, 2),
      padsBegin: random.integers(rank, 0, 2),
      padsEnd: random.integers(rank, 0, 2),
    });
    const output = windowOutputShape(input, w);
    if (output.some((size) => size < 1)) continue;
    const expected = [...tuples(output)].flatMap((position) =>
      [...tuples(w.kernel)].map((tap) => {
        const indices = position.map((p, axis) => windowInputIndex(input[axis]!, w, axis, p, tap[axis]!));
        return indices.includes(-1) ? -1 : indices.reduce((flat, index, axis) => flat * input[axis]! + index, 0);
      }),
    );
    expect([...windowTaps(input, w).indices]).toEqual(expected);
  }
});

it('knows whether there is padding', () => {
  expect(hasPadding(window([2, 2]))).toBe(false);
  expect(hasPadding(window([2, 2], { padsEnd: [0, 1] }))).toBe(true);
});

/** All index tuples of a shape, row-major. */
function* tuples(shape: readonly number[]): Generator<number[]> {
  if (shape.length === 0) return yield [];
  for (let i = 0; i < shape[0]!; i++) for (const rest of tuples(shape.slice(1))) yield [i, ...rest];
}
