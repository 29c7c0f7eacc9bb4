import { keccak256 as ethersKeccak256 } from 'ethers';
import { ZkinferError } from '../../src/errors.js';
import { hex32ToBytes, isHex32, toHex } from '../../src/hash/bytes.js';
import { fromBytesBE, isFieldElement, SNARK_FIELD, toBytesBE, toField } from '../../src/hash/field.js';
import { keccak256, keccak256Hex } from '../../src/hash/keccak.js';
import { poseidon } from '../../src/hash/poseidon.js';
import { sha256Hex } from '../../src/hash/sha256.js';

describe('poseidon', () => {
  // Published vectors of circomlib's parameters (circomlibjs and go-iden3-crypto test suites).
  it('gives the published value of (1, 2)', async () => {
    expect(await poseidon([1n, 2n])).toBe(
      7853200120776062878684798364095072458815029376092732009249414926327459813530n,
    );
  });
  it('gives the published value of (1, 2, 3, 4)', async () => {
    expect(await poseidon([1n, 2n, 3n, 4n])).toBe(
      18821383157269793795438455681495246036402687001665670618754263018637548127333n,
    );
  });
  it('takes every arity of the statement and depends on every input', async () => {
    for (const arity of [2, 4, 8, 16]) {
      const inputs = Array.from({ length: arity }, (_, i) => BigInt(i));
      const base = await poseidon(inputs);
      for (let i = 0; i < arity; i++) {
        expect(await poseidon(inputs.map((v, j) => (i === j ? v + 1n : v)))).not.toBe(base);
      }
    }
  });
  it('refuses what is not a list of field elements', async () => {
    await expect(poseidon([])).rejects.toThrow(ZkinferError);
    await expect(poseidon(new Array(17).fill(1n))).rejects.toThrow(ZkinferError);
    await expect(poseidon([SNARK_FIELD])).rejects.toThrow(ZkinferError);
    await expect(poseidon([-1n])).rejects.toThrow(ZkinferError);
  });
});

describe('keccak256 and sha256', () => {
  it('agree with ethers, in parts as whole', () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 7) & 255);
    expect(keccak256Hex(bytes)).toBe(ethersKeccak256(bytes));
    expect(toHex(keccak256(bytes.subarray(0, 13), bytes.subarray(13)))).toBe(ethersKeccak256(bytes));
    expect(keccak256Hex()).toBe('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470');
  });
  it('gives the FIPS 180 example', () => {
    expect(sha256Hex(new TextEncoder().encode('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});

describe('field and bytes', () => {
  it('reduces negative integers', () => {
    expect(toField(-1)).toBe(SNARK_FIELD - 1n);
    expect(toField(-SNARK_FIELD)).toBe(0n);
    expect(toField(SNARK_FIELD + 5n)).toBe(5n);
    expect(isFieldElement(SNARK_FIELD)).toBe(false);
  });
  it('writes and reads big-endian bytes', () => {
    expect([...toBytesBE(258n, 3)]).toEqual([0, 1, 2]);
    expect(fromBytesBE(Uint8Array.of(0, 1, 2))).toBe(258n);
    expect(() => toBytesBE(256n, 1)).toThrow(ZkinferError);
    expect(() => toBytesBE(-1n)).toThrow(ZkinferError);
  });
  it('reads 32 bytes of hex only', () => {
    const text = `0x${'ab'.repeat(32)}`;
    expect(toHex(hex32ToBytes(text, 'context'))).toBe(text);
    expect(isHex32(text)).toBe(true);
    expect(isHex32(text.toUpperCase())).toBe(false);
    expect(() => hex32ToBytes('0x12', 'context')).toThrow('context must be 32 bytes in hex');
  });
});
