import { AbiCoder, getBytes } from 'ethers';
import type { SnarkjsProof } from '../../src/artifacts/types.js';
import { SNARK_FIELD } from '../../src/hash/field.js';
import { BASE_FIELD, decodeProof, encodeProof } from '../../src/statement/proof-bytes.js';

const PROOF: SnarkjsProof = {
  pi_a: ['1', '2', '1'],
  pi_b: [
    ['3', '4'],
    ['5', (BASE_FIELD - 1n).toString()],
    ['1', '0'],
  ],
  pi_c: ['7', '0', '1'],
  protocol: 'groth16',
  curve: 'bn128',
};

describe('proof bytes', () => {
  it('are nine words, G2 with the imaginary part first', () => {
    const words = [99n, 1n, 2n, 4n, 3n, BASE_FIELD - 1n, 5n, 7n, 0n];
    const expected = getBytes(AbiCoder.defaultAbiCoder().encode(['uint256[9]'], [words]));
    expect(encodeProof(99n, PROOF)).toEqual(expected);
    expect(encodeProof(99n, PROOF)).toHaveLength(288);
  });
  it('come back as they were', () => {
    expect(decodeProof(encodeProof(SNARK_FIELD - 1n, PROOF))).toEqual({ C: SNARK_FIELD - 1n, proof: PROOF });
  });
  it('refuse what contracts would refuse', () => {
    const damaged = expect.objectContaining({ code: 'ARTIFACT_FORMAT' });
    expect(() => encodeProof(SNARK_FIELD, PROOF)).toThrow(damaged);
    expect(() => encodeProof(1n, { ...PROOF, pi_a: ['0', '1', '0'] })).toThrow(damaged);
    expect(() => encodeProof(1n, { ...PROOF, pi_a: [BASE_FIELD.toString(), '1', '1'] })).toThrow(damaged);
    expect(() => encodeProof(1n, { ...PROOF, pi_c: ['-1', '1', '1'] })).toThrow(damaged);
    expect(() => encodeProof(1n, { ...PROOF, pi_c: ['0x1', '1', '1'] })).toThrow(damaged);
    expect(() => decodeProof(new Uint8Array(287))).toThrow(damaged);
    expect(() => decodeProof(new Uint8Array(288).fill(255))).toThrow(damaged);
    const outOfField = encodeProof(1n, PROOF).fill(255, 32, 64);
    expect(() => decodeProof(outOfField)).toThrow(damaged);
  });
});
