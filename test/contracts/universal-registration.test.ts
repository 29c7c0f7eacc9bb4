/** Which keys the universal verifier takes, and what it makes of them. */
import { getCreate2Address, keccak256, toUtf8Bytes } from 'ethers';
import type { Hex, StatementLayout, TensorSpec } from '../../src/artifacts/types.js';
import { deployModel, registerKey } from '../../src/chain/universal.js';
import { encodeKeyData } from '../../src/solidity/key-data.js';
import { P, pointOutsideSubgroup, Q } from '../support/bn254.js';
import { changeByte } from '../support/proof-words.js';
import { Random } from '../support/random.js';
import { layoutOf, MODEL_ID, tensor } from '../support/statements.js';
import { CID, keySource, startUniversalChain, type UniversalChain } from '../support/universal.js';

let u: UniversalChain;
beforeAll(async () => {
  u = await startUniversalChain();
});
afterAll(() => u.chain.stop());

/** What registration of these data reverts with: the error and its arguments, as text. */
async function refusal(data: Hex, gasLimit?: number): Promise<string> {
  try {
    await u.ask('registerKey', data, ...(gasLimit === undefined ? [] : [{ gasLimit }]));
    return 'no revert';
  } catch (error) {
    const { revert } = error as { revert?: { name: string; args: readonly unknown[] } | null };
    return revert ? `${revert.name}(${revert.args.map(String).join(', ')})` : 'revert without data';
  }
}

describe('registration', () => {
  const source = keySource(layoutOf({ inputs: [tensor('x', 'uint8', [9])] }));
  const key = encodeKeyData(source);

  it('names the key as the library does, and gives back what was registered', async () => {
    expect(await u.ask('isRegistered', key.keyId)).toBe(false);
    expect(await u.ask('keyIdOf', key.data)).toBe(key.keyId);
    const receipt = await (await u.universal.getFunction('registerKey')(key.data)).wait();
    const [event] = receipt.logs;
    const signer = await u.chain.connection.signer();
    expect([event.eventName, ...event.args]).toEqual(['KeyRegistered', key.keyId, MODEL_ID, await signer.getAddress()]);
    expect(await u.ask('isRegistered', key.keyId)).toBe(true);
    expect(await u.ask('keyData', key.keyId)).toBe(key.data);
  });

  it('a second time changes nothing', async () => {
    const receipt = await (await u.universal.getFunction('registerKey')(key.data)).wait();
    expect(receipt.logs).toEqual([]);
    expect(await u.ask('registerKey', key.data)).toBe(key.keyId);
    expect(await registerKey(u.chain.connection, u.reference, key)).toEqual({ isNew: false });
  });

  it('and deployment of a model give each key one address', async () => {
    const predicted = await u.ask('modelAddress', key.keyId);
    const first = await deployModel(u.chain.connection, u.reference, key.keyId);
    expect(first).toMatchObject({ isNew: true, address: predicted });
    expect(await deployModel(u.chain.connection, u.reference, key.keyId)).toEqual({ isNew: false, address: predicted });
    const again = await (await u.universal.getFunction('deployModel')(key.keyId)).wait();
    expect(again.logs).toEqual([]);
  });

  it('takes no contract of a model for a key', async () => {
    const { address } = await deployModel(u.chain.connection, u.reference, key.keyId);
    const code = await u.chain.connection.provider.getCode(address);
    // What created the contract: the key id that data would have which are stored where it is.
    const size = (code.length / 2 - 1).toString(16).padStart(4, '0');
    const creation = keccak256(`0x61${size}3d81600a3d39f3${code.slice(2)}`);
    const salt = keccak256(toUtf8Bytes('zkinfer/model/1'));
    expect(getCreate2Address(u.reference.address, salt, creation)).toBe(address);
    expect(await u.ask('isRegistered', creation)).toBe(false);
    for (const method of ['keyData', 'deployModel']) {
      await expect(u.ask(method, creation)).rejects.toMatchObject({ revert: { name: 'UnknownKey', args: [creation] } });
    }
  });

  it('is refused by a contract that would name the key otherwise', async () => {
    const wrong = registerKey(u.chain.connection, u.reference, { keyId: MODEL_ID, data: key.data });
    await expect(wrong).rejects.toMatchObject({ code: 'TOOL_FAILED', message: expect.stringContaining('another id') });
  });

  /** Key data with some words replaced, by offset. */
  const withWords = (changes: Readonly<Record<number, bigint>>): Hex => {
    const bytes = Buffer.from(key.data.slice(2), 'hex');
    for (const [offset, value] of Object.entries(changes)) {
      bytes.write(value.toString(16).padStart(64, '0'), Number(offset), 'hex');
    }
    return `0x${bytes.toString('hex')}`;
  };
  const word = (offset: number): bigint => BigInt(`0x${key.data.slice(2 + 2 * offset, 66 + 2 * offset)}`);
  const copy = (from: number, to: number): Record<number, bigint> =>
    Object.fromEntries([0, 32, 64, 96].map((i) => [to + i, word(from + i)]));
  const negated = (from: number, to: number): Record<number, bigint> => ({
    ...copy(from, to),
    [to + 64]: Q - word(from + 64),
    [to + 96]: Q - word(from + 96),
  });
  const zeros = (from: number, words: number): Record<number, bigint> =>
    Object.fromEntries(Array.from({ length: words }, (_, i) => [from + 32 * i, 0n]));
  const { x: outsideX, y: outsideY } = pointOutsideSubgroup();
  const outside = (at: number): Record<number, bigint> => ({
    [at]: outsideX[1],
    [at + 32]: outsideX[0],
    [at + 64]: outsideY[1],
    [at + 96]: outsideY[0],
  });
  const layoutWord = word(0x280);

  const BAD_LAYOUTS: readonly [string, bigint][] = [
    ['of another version', layoutWord ^ (3n << 248n)],
    ['of zero', 0n],
    ['with an unknown flag', layoutWord | (1n << 70n)],
    ['with a flag below the version', layoutWord | (1n << 247n)],
    ['with an input of no bytes', layoutWord ^ 9n],
    ['with an output of no bytes', layoutWord ^ (10n << 32n)],
    ['with a committed input of another length than a word', layoutWord | (1n << 64n)],
    ['with a committed output of another length than a word', layoutWord | (1n << 65n)],
  ];
  it.each(BAD_LAYOUTS)('is refused for a layout %s', async (_name, layout) => {
    expect(await refusal(withWords({ 0x280: layout }))).toBe(`InvalidLayout(${layout})`);
  });

  const weightsCommitted = layoutWord | (1n << 66n);
  const tooLong = `${key.data}${'00'.repeat(24_576 - key.data.length / 2)}` as Hex;
  const BAD_KEYS: readonly [string, string, Hex][] = [
    ['no bytes', 'InvalidKeyLength(0)', '0x'],
    ['a record that is cut', 'InvalidKeyLength(799)', key.data.slice(0, 2 + 2 * 799) as Hex],
    ['a byte more than a contract holds', 'InvalidKeyLength(24576)', `${tooLong}00`],
    ['as much as a contract holds, padded', 'InvalidDescription()', tooLong],
    ['a weights commitment that nothing asks for', 'InvalidWeightsCommitment(1)', withWords({ 0x0c0: 1n })],
    [
      'a weights commitment that is not reduced',
      `InvalidWeightsCommitment(${P})`,
      withWords({ 0x280: weightsCommitted, 0x0c0: P }),
    ],
    ...[0x000, 0x040, 0x080, 0x0e0, 0x1a0].flatMap((at): [string, string, Hex][] => [
      [`a point of G1 off the curve at ${at}`, `InvalidG1Point(${at})`, withWords({ [at]: word(at) + 1n })],
      [`an x of G1 not reduced at ${at}`, `InvalidG1Point(${at})`, withWords({ [at]: word(at) + Q })],
      [`a y of G1 not reduced at ${at}`, `InvalidG1Point(${at})`, withWords({ [at + 32]: word(at + 32) + Q })],
      [`infinity in G1 at ${at}`, `InvalidG1Point(${at})`, withWords(zeros(at, 2))],
    ]),
    ...[0x120, 0x1e0, 0x2a0].flatMap((at): [string, string, Hex][] => [
      [`a point off the twist at ${at}`, 'InvalidG2Point()', withWords({ [at]: word(at) + 1n })],
      [`a coordinate of G2 not reduced at ${at}`, 'InvalidG2Point()', withWords({ [at + 96]: word(at + 96) + Q })],
      [`a point of the twist outside the group at ${at}`, 'InvalidG2Point()', withWords(outside(at))],
      [`infinity in G2 at ${at}`, `G2PointAtInfinity(${at})`, withWords(zeros(at, 4))],
    ]),
    ['gamma = delta', 'RelatedG2Points()', withWords(copy(0x1e0, 0x2a0))],
    ['gamma = -delta', 'RelatedG2Points()', withWords(negated(0x1e0, 0x2a0))],
    ['beta = gamma', 'RelatedG2Points()', withWords(copy(0x120, 0x1e0))],
    ['beta = -gamma', 'RelatedG2Points()', withWords(negated(0x120, 0x1e0))],
    ['beta = delta', 'RelatedG2Points()', withWords(copy(0x120, 0x2a0))],
    ['beta = -delta', 'RelatedG2Points()', withWords(negated(0x120, 0x2a0))],
    // One x in two ways: as words these points differ.
    ['gamma = delta, not reduced', 'InvalidG2Point()', withWords({ ...copy(0x1e0, 0x2a0), 0x2a0: word(0x1e0) + Q })],
  ];
  it.each(BAD_KEYS)('is refused for %s', async (_name, error, data) => {
    expect(await refusal(data)).toBe(error);
  });

  it('is refused for descriptions that contradict the layout', async () => {
    const described = (layout: StatementLayout): Hex =>
      `0x${key.data.slice(2, 2 + 2 * 800)}${encodeKeyData(keySource(layout)).data.slice(2 + 2 * 800)}`;
    const x = tensor('x', 'uint8', [9]);
    const y = tensor('y', 'int8', [10]);
    expect(await refusal(described(layoutOf({ inputs: [x], outputs: [y] })))).toBe('no revert');
    const wrong = [
      layoutOf({ inputs: [tensor('x', 'int8', [9])], outputs: [y] }),
      layoutOf({ inputs: [x], outputs: [tensor('y', 'uint8', [10])] }),
      layoutOf({ inputs: [tensor('x', 'uint8', [3, 4])], outputs: [y] }),
      layoutOf({ inputs: [x, tensor('z', 'uint8', [1])], outputs: [y] }),
      layoutOf({ inputs: [x], outputs: [y, y] }),
      layoutOf({ inputs: [tensor('x', 'uint8', [2 ** 16, 2 ** 17])], outputs: [y] }),
    ];
    for (const layout of wrong) expect(await refusal(described(layout))).toBe('InvalidDescription()');
  });

  it('is refused for descriptions that are cut anywhere, or go on', async () => {
    const size = key.data.length / 2 - 1;
    for (let length = 800; length < size; length++) {
      expect(await refusal(key.data.slice(0, 2 + 2 * length) as Hex)).toBe('InvalidDescription()');
    }
    expect(await refusal(`${key.data}00`)).toBe('InvalidDescription()');
  });

  /** Where the first tensor starts: behind the hash, the CID and the numbers of tensors. */
  const first = 800 + 32 + 1 + CID.length + 2;
  const BAD_TENSORS: readonly [string, number, string][] = [
    ['an unknown flag', first, '04'],
    ['a scale of zero', first + 2, '000000'],
    ['a scale above all floats', first + 5, '0080'],
    ['a scale below all floats', first + 5, 'ff6a'],
    ['more dimensions than there are', first + 7, 'ff'],
    ['a name beyond the end', first + 12, 'ffff'],
  ];
  it.each(BAD_TENSORS)('is refused for a tensor with %s', async (_name, at, bytes) => {
    const data: Hex = `0x${key.data.slice(2, 2 + 2 * at)}${bytes}${key.data.slice(2 + 2 * at + bytes.length)}`;
    expect(await refusal(data)).toBe('InvalidDescription()');
  });

  it('is refused for an input of no tensors and for one that is too large, also where it is committed', async () => {
    const of = (inputs: readonly TensorSpec[]): string =>
      encodeKeyData(keySource(layoutOf({ input: 'committed', inputs }))).data.slice(2);
    const [x, y] = [tensor('x', 'uint8', [9]), tensor('y', 'uint8', [9])];
    const [one, two] = [of([x]), of([x, y])];
    expect(await refusal(`0x${one}`)).toBe('no revert');
    expect(await refusal(`0x${of([tensor('x', 'uint8', [2 ** 16, 2 ** 16])])}`)).toBe('InvalidDescription()');
    // What a second tensor adds, taken away from the first one.
    const tensorHex = two.length - one.length;
    const count = 2 * (first - 2);
    const without = `${one.slice(0, count)}00${one.slice(count + 2, 2 * first)}${one.slice(2 * first + tensorHex)}`;
    expect(await refusal(`0x${without}`)).toBe('InvalidDescription()');
  });

  it('with too little gas stores no key, and never half of one', async () => {
    const { data, keyId } = encodeKeyData(keySource(layoutOf({ inputs: [tensor('gas', 'uint8', [9])] })));
    const answers = new Map<string, number>();
    for (let gasLimit = 60_000; gasLimit <= 520_000; gasLimit += 5_003) {
      answers.set(await refusal(data, gasLimit), gasLimit);
    }
    expect(answers.has('no revert')).toBe(true);
    const gasLimit = answers.get('KeyNotStored()')!;
    const sent = await u.universal.getFunction('registerKey')(data, { gasLimit });
    await expect(sent.wait()).rejects.toMatchObject({ receipt: { status: 0 } });
    expect(await u.ask('isRegistered', keyId)).toBe(false);
  });

  it('of random bytes is refused, and what is taken in spite of a changed byte has another id', async () => {
    const random = new Random(7);
    const size = key.data.length / 2 - 1;
    for (let round = 0; round < 40; round++) {
      await expect(u.ask('registerKey', random.hex(random.integer(0, 1200)))).rejects.toMatchObject({
        code: 'CALL_EXCEPTION',
      });
      const tampered = changeByte(key.data, random.integer(0, size - 1));
      const answer = await u
        .ask<string>('registerKey', tampered)
        .catch((error: { revert?: { name: string } }) => error);
      if (typeof answer === 'string') expect(answer).not.toBe(key.keyId);
      else expect(answer.revert?.name).toMatch(/^(Invalid|Related)/);
    }
  });
});
