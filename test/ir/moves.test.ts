import { transposeSources } from '../../src/ir/moves.js';

it('Transpose moves elements as ONNX does', () => {
  // [2, 3, 4] with perm [2, 0, 1] -> [4, 2, 3].
  const sources = transposeSources([2, 3, 4], [2, 0, 1]);
  expect(sources).toHaveLength(24);
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 2; j++) {
      for (let k = 0; k < 3; k++) expect(sources[(i * 2 + j) * 3 + k]).toBe((j * 3 + k) * 4 + i);
    }
  }
});
