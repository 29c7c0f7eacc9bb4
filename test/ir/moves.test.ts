/** Each sources function against a definition by coordinates, on tensors whose elements are their own index. */
import {
  composeSources,
  concatSources,
  depthToSpaceSources,
  expandSources,
  gatherElementsSources,
  gatherNdSources,
  gatherSources,
  identitySources,
  padSources,
  reduceSources,
  sliceSources,
  spaceToDepthSources,
  stackSources,
  tileSources,
  transposeSources,
} from '../../src/ir/moves.js';

it('transposes', () => {
  expect([...transposeSources([2, 3], [1, 0])]).toEqual([0, 3, 1, 4, 2, 5]);
  expect([...transposeSources([], [])]).toEqual([0]);
});

it('slices, backwards too', () => {
  expect([...sliceSources([3, 4], [2, 1], [-2, 2], [2, 2])]).toEqual([9, 11, 1, 3]);
});

it.each([
  ['constant', [-1, 0, 1, 2, -1, -1]],
  ['edge', [0, 0, 1, 2, 2, 2]],
  ['reflect', [1, 0, 1, 2, 1, 0]],
  ['wrap', [2, 0, 1, 2, 0, 1]],
] as const)('pads by %s', (mode, expected) => {
  expect([...padSources([3], [1, 2], mode)]).toEqual(expected);
});

it('cuts off before it pads', () => {
  expect([...padSources([4], [-1, 2], 'constant')]).toEqual([1, 2, 3, -1, -1]);
  expect([...padSources([4], [1, -2], 'edge')]).toEqual([0, 0, 1]);
});

it('broadcasts and repeats', () => {
  expect([...expandSources([2, 1], [2, 2, 3])]).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]);
  expect([...tileSources([2, 1], [1, 3])]).toEqual([0, 0, 0, 1, 1, 1]);
});

it('gathers', () => {
  expect([...gatherSources([2, 3], 1, [2, 0])]).toEqual([2, 0, 5, 3]);
  expect([...gatherElementsSources([3, 3], 0, [1, 2, 0, 2, 0, 0], [2, 3])]).toEqual([3, 7, 2, 6, 1, 2]);
  expect([...gatherNdSources([2, 2, 2], 0, [0, 1, 1, 0], 2)]).toEqual([2, 3, 4, 5]);
  expect([...gatherNdSources([2, 2, 2], 1, [1, 0], 1)]).toEqual([2, 3, 4, 5]);
});

it('moves blocks between depth and space', () => {
  const shape = [1, 4, 1, 2];
  expect([...depthToSpaceSources(shape, 2, 'DCR')]).toEqual([0, 2, 1, 3, 4, 6, 5, 7]);
  expect([...depthToSpaceSources([1, 8, 1, 1], 2, 'CRD')]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect([...depthToSpaceSources([1, 8, 1, 1], 2, 'DCR')]).toEqual([0, 2, 4, 6, 1, 3, 5, 7]);
  const back = composeSources(spaceToDepthSources([1, 1, 2, 4], 2), depthToSpaceSources(shape, 2, 'DCR'));
  expect([...back]).toEqual([...identitySources(8)]);
});

it('joins and stacks several tensors', () => {
  const shapes = [
    [2, 1],
    [2, 2],
  ];
  expect([...concatSources(shapes, 1)]).toEqual([0, 2, 3, 1, 4, 5]);
  expect([
    ...concatSources(
      [
        [1, 2],
        [2, 2],
      ],
      0,
    ),
  ]).toEqual([0, 1, 2, 3, 4, 5]);
  expect([...stackSources(shapes, [2, 2])]).toEqual([0, 2, 0, 3, 1, 4, 1, 5]);
});

it('brings candidates of a reduction together', () => {
  expect([...reduceSources([2, 3], [0])]).toEqual([0, 3, 1, 4, 2, 5]);
  expect([...reduceSources([2, 1, 2], [2, 0])]).toEqual([0, 1, 2, 3]);
});

it('composes, filled places staying filled', () => {
  expect([...composeSources(Int32Array.of(2, -1, 0), Int32Array.of(5, 6, -1))]).toEqual([-1, -1, 5]);
});
