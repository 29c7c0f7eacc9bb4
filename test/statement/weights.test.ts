import { concat, keccak256, toUtf8Bytes } from 'ethers';
import type { StatementLayout, TensorSpec } from '../../src/artifacts/types.js';
import { SNARK_FIELD } from '../../src/hash/field.js';
import { architectureIdOf } from '../../src/statement/challenge.js';
import { chainHash, packBytes, statementElements } from '../../src/statement/elements.js';
import { CHALLENGE_TAG, commitWeights, packNumbers } from '../../src/statement/weights.js';

const TENSOR: TensorSpec = { name: 'x', dtype: 'uint8', shape: [2], scale: 1, zeroPoint: 0, edge: 'integer' };

function layout(input: 'public' | 'committed', output: 'public' | 'committed'): StatementLayout {
  return { input, output, weights: 'committed', inputs: [TENSOR], outputs: [{ ...TENSOR, name: 'y' }] };
}

it('the weights commitment follows those of the parts and precedes the packed tensors', () => {
  const values = { input: [1, 2], output: [3, 4], inputCommitment: 5n, outputCommitment: 6n, weightsCommitment: 7n };
  expect(statementElements(layout('public', 'public'), values)).toEqual([7n, 0x0102n, 0x0304n]);
  expect(statementElements(layout('public', 'committed'), values)).toEqual([6n, 7n, 0x0102n]);
  expect(statementElements(layout('committed', 'committed'), values)).toEqual([5n, 6n, 7n]);
  const without = { input: [1, 2], output: [3, 4] };
  expect(() => statementElements(layout('public', 'public'), without)).toThrow(
    'the commitment of the weights is missing',
  );
  expect(() => statementElements(layout('public', 'public'), { ...values, weightsCommitment: SNARK_FIELD })).toThrow(
    'the commitment of the weights is not a field element',
  );
});

it('the id of an architecture and the tag of the challenge are those of the document', () => {
  const r1cs = `0x${'3c'.repeat(32)}`;
  const domain = keccak256(toUtf8Bytes('zkinfer/architecture/1'));
  expect(architectureIdOf(r1cs)).toBe(keccak256(concat([domain, r1cs])));
  expect(CHALLENGE_TAG).toBe(BigInt(keccak256(toUtf8Bytes('zkinfer/challenge/1'))) % SNARK_FIELD);
});

it('numbers are packed big-endian, as many as 253 bits hold; bytes as the statement packs them', async () => {
  expect(packNumbers({ values: [1, 2, 3], bits: 126 })).toEqual([(1n << 126n) + 2n, 3n]);
  const values = Array.from({ length: 63 }, (_, i) => (i * 5) % 256);
  expect(packNumbers({ values, bits: 8 })).toEqual(packBytes(Uint8Array.from(values), false));
  const committed = await commitWeights(
    9n,
    [
      { values, bits: 8 },
      { values: [4, 5], bits: 20 },
    ],
    [11n, 12n],
  );
  expect(committed).toBe(
    await chainHash([9n, ...packBytes(Uint8Array.from(values), false), (4n << 20n) + 5n, 11n, 12n]),
  );
});
