/** The universal verifier: which keys it takes, and what it answers for them, beside the contracts that stand for its models. */
import { Contract, FunctionFragment, Interface, type InterfaceAbi } from 'ethers';
import type { Hex, Manifest, StatementLayout } from '../../src/artifacts/types.js';
import type { ContractFile } from '../../src/chain/contract-files.js';
import { deployModel, registerKey } from '../../src/chain/universal.js';
import type { VerifierReference } from '../../src/chain/verifier.js';
import { proofCalldata } from '../../src/solidity/calldata.js';
import { encodeKeyData, type KeyData, type KeySource } from '../../src/solidity/key-data.js';
import { partLength } from '../../src/solidity/record.js';
import { partShape } from '../../src/statement/elements.js';
import { P, pointOutsideSubgroup, Q } from '../support/bn254.js';
import { startTestChain, type TestChain } from '../support/chain.js';
import { builtContracts } from '../support/contracts.js';
import { LAYOUTS } from '../support/layouts.js';
import { BAD_PROOFS, changeByte } from '../support/proof-words.js';
import { Random } from '../support/random.js';
import { simulatedKey, simulateProof, TOXIC_WASTE } from '../support/simulated-key.js';
import {
  layoutOf,
  manifestOf,
  MODEL_ID,
  ONNX_SHA256,
  provenStatement,
  tensor,
  WEIGHTS_COMMITMENT,
} from '../support/statements.js';

const CID = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy';
const CONTEXT: Hex = `0x${'c0'.repeat(32)}`;

const ALL_LAYOUTS: Readonly<Record<string, StatementLayout>> = {
  ...LAYOUTS,
  'committed weights': layoutOf({ weights: 'committed' }),
  'committed input and weights': layoutOf({ input: 'committed', weights: 'committed' }),
};

function sourceOf(layout: StatementLayout, changes: Partial<Manifest> = {}): KeySource {
  const model =
    layout.weights === 'committed' ? { weightsCommitment: WEIGHTS_COMMITMENT } : { onnxSha256: ONNX_SHA256 };
  return { manifest: manifestOf(layout, changes), verificationKey: simulatedKey(), cid: CID, ...model };
}

let chain: TestChain;
let reference: VerifierReference;
let universal: Contract;
let modelFile: ContractFile;

beforeAll(async () => {
  const [universalFile, file] = await builtContracts('UniversalVerifier', 'UniversalModel');
  modelFile = file;
  chain = await startTestChain();
  reference = await chain.deploy(universalFile);
  universal = new Contract(reference.address, reference.abi as InterfaceAbi, await chain.connection.signer());
});

afterAll(() => chain.stop());

async function register(source: KeySource): Promise<KeyData> {
  const key = encodeKeyData(source);
  await registerKey(chain.connection, reference, key);
  return key;
}

const ask = <T>(method: string, ...values: readonly unknown[]): Promise<T> =>
  universal.getFunction(method).staticCall(...values) as Promise<T>;

async function modelOf(keyId: Hex): Promise<Contract> {
  const { address } = await deployModel(chain.connection, reference, keyId);
  return new Contract(address, modelFile.abi as InterfaceAbi, chain.connection.provider);
}

describe.each(Object.keys(ALL_LAYOUTS))('a key for %s', (name) => {
  const layout = ALL_LAYOUTS[name] as StatementLayout;
  const source = sourceOf(layout);
  let keyId: Hex;
  beforeAll(async () => {
    ({ keyId } = await register(source));
  });

  it('is used for its statements, also by the model of the key, and for no others', async () => {
    const { manifest } = source;
    const model = await modelOf(keyId);
    const right = proofCalldata((await provenStatement(manifest, { seed: 7, context: CONTEXT })).document, manifest);
    const other = proofCalldata((await provenStatement(manifest, { seed: 8, context: CONTEXT })).document, manifest);
    const verify = async (changes: object): Promise<boolean> => {
      const { context, input, output, proof } = { ...right, ...changes };
      const answer = await ask<boolean>('verifyInference', keyId, context, input, output, proof);
      expect(await model.getFunction('verifyInferenceFor')(context, input, output, proof)).toBe(answer);
      return answer;
    };
    expect(await verify({})).toBe(true);
    for (const part of ['input', 'output', 'proof'] as const) expect(await verify({ [part]: other[part] })).toBe(false);
    expect(await verify({ context: changeByte(CONTEXT, 31) })).toBe(false);
  });

  it('is described by the model of the key', async () => {
    const model = await modelOf(keyId);
    const tell = (method: string, ...values: unknown[]) => model.getFunction(method)(...values);
    const committed = layout.weights === 'committed';
    expect(await tell('keyId')).toBe(keyId);
    expect(await tell('modelId')).toBe(MODEL_ID);
    expect(await tell('onnxSha256')).toBe(committed ? `0x${'00'.repeat(32)}` : ONNX_SHA256);
    expect(BigInt(await tell('weightsCommitment'))).toBe(committed ? WEIGHTS_COMMITMENT : 0n);
    expect(await tell('modelCid')).toBe(CID);
    expect(await tell('DEVELOPMENT_KEY')).toBe(false);
    expect(await tell('universalVerifier')).toBe(reference.address);
    for (const part of ['input', 'output'] as const) {
      const tensors = part === 'input' ? layout.inputs : layout.outputs;
      expect(await tell(`${part}Visibility`)).toBe(layout[part] === 'public' ? 0n : 1n);
      expect(await tell(`${part}Length`)).toBe(BigInt(partLength(layout, part)));
      expect(await tell(`${part}DType`)).toBe(partShape(layout, part).dtype === 'uint8' ? 0n : 1n);
      expect(await tell(`${part}Count`)).toBe(BigInt(tensors.length));
      for (const [i, spec] of tensors.entries()) {
        const info = await tell(`${part}Tensor`, i);
        expect(info.name).toBe(spec.name);
        expect(info.dtype).toBe(spec.dtype === 'uint8' ? 0n : 1n);
        expect([...info.shape].map(Number)).toEqual(spec.shape);
        expect(Number(info.scaleMantissa) * 2 ** Number(info.scaleExponent)).toBe(spec.scale);
        expect(info.zeroPoint).toBe(BigInt(spec.zeroPoint));
        expect(info.isFloat).toBe(spec.edge === 'float');
      }
      await expect(tell(`${part}Tensor`, tensors.length)).rejects.toMatchObject({ revert: { name: 'NoSuchTensor' } });
    }
  });
});

describe('proofs', () => {
  const source = sourceOf(layoutOf());
  let keyId: Hex;
  let right: ReturnType<typeof proofCalldata>;
  beforeAll(async () => {
    ({ keyId } = await register(source));
    right = proofCalldata((await provenStatement(source.manifest)).document, source.manifest, { keyId });
  });

  it('are accepted as the bytes that proofCalldata gives', async () => {
    const { provider } = chain.connection;
    expect(BigInt(await provider.call({ to: reference.address, data: right.calldata }))).toBe(1n);
  });

  it.each(BAD_PROOFS)('are refused with %s', async (_name, change) => {
    const { context, input, output, proof } = right;
    expect(await ask('verifyInference', keyId, context, input, output, change(proof))).toBe(false);
  });

  it('are refused where lengths are wrong', async () => {
    const { context, input, output, proof } = right;
    const verify = (changes: object) => {
      const call = { input, output, proof, ...changes };
      return ask('verifyInference', keyId, context, call.input, call.output, call.proof);
    };
    const revert = (name: string) => ({ revert: { name } });
    for (const wrong of ['0x', input.slice(0, -2), `${input}00`]) {
      await expect(verify({ input: wrong })).rejects.toMatchObject(revert('InvalidInputLength'));
    }
    await expect(verify({ output: `${output}00` })).rejects.toMatchObject(revert('InvalidOutputLength'));
    await expect(verify({ proof: proof.slice(0, -2) })).rejects.toMatchObject(revert('InvalidProofLength'));
  });

  it('of another model with the same verification key are refused', async () => {
    const other = await register(sourceOf(layoutOf(), { modelId: `0x${'11'.repeat(32)}` }));
    const { context, input, output, proof } = right;
    expect(other.keyId).not.toBe(keyId);
    expect(await ask('verifyInference', other.keyId, context, input, output, proof)).toBe(false);
  });

  it('by who registers a key of his own for the model are proofs for his key id only', async () => {
    const waste = { ...TOXIC_WASTE, alpha: 31n, delta: 41n };
    const { manifest } = source;
    const thief = await register({ ...source, verificationKey: simulatedKey(waste) });
    const prove = (signals: readonly bigint[]) => simulateProof(signals, waste);
    const forged = proofCalldata((await provenStatement(manifest, { seed: 66, prove })).document, manifest);
    const { context, input, output, proof } = forged;
    expect(await ask('verifyInference', thief.keyId, context, input, output, proof)).toBe(true);
    expect(await ask('verifyInference', keyId, context, input, output, proof)).toBe(false);
  });

  it('for a key that is not registered are no proofs', async () => {
    const { context, input, output, proof } = right;
    for (const unknown of [`0x${'00'.repeat(32)}`, MODEL_ID, changeByte(keyId, 31)]) {
      const refused = { revert: { name: 'UnknownKey', args: [unknown] } };
      await expect(ask('verifyInference', unknown, context, input, output, proof)).rejects.toMatchObject(refused);
      const batch = [unknown, [context], input, output, proof];
      await expect(ask('verifyBatch', ...batch)).rejects.toMatchObject(refused);
      await expect(ask('firstInvalid', ...batch)).rejects.toMatchObject(refused);
      await expect(ask('keyData', unknown)).rejects.toMatchObject(refused);
      await expect(ask('deployModel', unknown)).rejects.toMatchObject(refused);
      expect(await ask('isRegistered', unknown)).toBe(false);
    }
  });

  it('of random bytes are refused or revert, and never anything else', async () => {
    const random = new Random(2024);
    const bytes = (length: number): Hex => `0x${Buffer.from(random.integers(length, 0, 255)).toString('hex')}`;
    for (let round = 0; round < 40; round++) {
      const proof = bytes(288);
      expect(await ask('verifyInference', keyId, bytes(32), bytes(784), bytes(10), proof)).toBe(false);
      const { context, input, output } = right;
      const changed = changeByte(right.proof, random.integer(0, 287));
      expect(await ask('verifyInference', keyId, context, input, output, changed)).toBe(false);
      const data = `${right.calldata.slice(0, 10)}${bytes(random.integer(0, 1500)).slice(2)}`;
      await expect(chain.connection.provider.call({ to: reference.address, data })).rejects.toMatchObject({
        code: 'CALL_EXCEPTION',
      });
    }
  });
});

describe('registration', () => {
  const source = sourceOf(layoutOf({ inputs: [tensor('x', 'uint8', [9])] }));
  const key = encodeKeyData(source);

  it('names the key as the library does, and gives back what was registered', async () => {
    expect(await ask('isRegistered', key.keyId)).toBe(false);
    expect(await ask('keyIdOf', key.data)).toBe(key.keyId);
    const receipt = await (await universal.getFunction('registerKey')(key.data)).wait();
    const [event] = receipt.logs;
    const signer = await chain.connection.signer();
    expect([event.eventName, ...event.args]).toEqual(['KeyRegistered', key.keyId, MODEL_ID, await signer.getAddress()]);
    expect(await ask('isRegistered', key.keyId)).toBe(true);
    expect(await ask('keyData', key.keyId)).toBe(key.data);
  });

  it('a second time changes nothing', async () => {
    const receipt = await (await universal.getFunction('registerKey')(key.data)).wait();
    expect(receipt.logs).toEqual([]);
    expect(await ask('registerKey', key.data)).toBe(key.keyId);
    expect(await registerKey(chain.connection, reference, key)).toEqual({ isNew: false });
  });

  it('and deployment of a model give each key one address', async () => {
    const predicted = await ask('modelAddress', key.keyId);
    const first = await deployModel(chain.connection, reference, key.keyId);
    expect(first).toMatchObject({ isNew: true, address: predicted });
    expect(await deployModel(chain.connection, reference, key.keyId)).toEqual({ isNew: false, address: predicted });
    const again = await (await universal.getFunction('deployModel')(key.keyId)).wait();
    expect(again.logs).toEqual([]);
  });

  it('tells development keys from others', async () => {
    const development = await register(sourceOf(layoutOf(), { setup: { kind: 'development' } }));
    expect(await (await modelOf(development.keyId)).getFunction('DEVELOPMENT_KEY')()).toBe(true);
    expect(development.keyId).not.toBe(encodeKeyData(sourceOf(layoutOf())).keyId);
  });

  it('is refused by a contract that would name the key otherwise', async () => {
    const wrong = registerKey(chain.connection, reference, { keyId: MODEL_ID, data: key.data });
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
  const outside = pointOutsideSubgroup();
  const layoutWith = (change: bigint): Hex => withWords({ 0x280: word(0x280) ^ change });
  const tail = (hex: string): Hex => `0x${key.data.slice(2, 2 + 2 * 800)}${hex}`;
  const description = key.data.slice(2 + 2 * 800);

  const BAD_KEYS: readonly [string, string, Hex][] = [
    ['no bytes', 'InvalidKeyLength', '0x'],
    ['a record that is cut', 'InvalidKeyLength', key.data.slice(0, 2 + 2 * 799) as Hex],
    ['more than a contract holds', 'InvalidKeyLength', `${key.data}${'00'.repeat(24_576)}`],
    ['another version', 'InvalidLayout', layoutWith(3n << 248n)],
    ['a layout of zero', 'InvalidLayout', withWords({ 0x280: 0n })],
    ['an unknown flag', 'InvalidLayout', layoutWith(1n << 70n)],
    ['a flag below the version', 'InvalidLayout', layoutWith(1n << 247n)],
    ['an input of no bytes', 'InvalidLayout', layoutWith(9n)],
    ['an output of no bytes', 'InvalidLayout', layoutWith(10n << 32n)],
    ['a committed input of another length than a word', 'InvalidLayout', layoutWith(1n << 64n)],
    ['a weights commitment that nothing asks for', 'InvalidWeightsCommitment', withWords({ 0x0c0: 1n })],
    [
      'a weights commitment that is not reduced',
      'InvalidWeightsCommitment',
      withWords({ 0x280: word(0x280) | (1n << 66n), 0x0c0: P }),
    ],
    ...[0x000, 0x040, 0x080, 0x0e0, 0x1a0].flatMap((offset): [string, string, Hex][] => [
      [`a point of G1 off the curve at ${offset}`, 'InvalidG1Point', withWords({ [offset]: word(offset) + 1n })],
      [`a point of G1 not reduced at ${offset}`, 'InvalidG1Point', withWords({ [offset]: word(offset) + Q })],
      [`infinity in G1 at ${offset}`, 'InvalidG1Point', withWords({ [offset]: 0n, [offset + 32]: 0n })],
    ]),
    ...[0x120, 0x1e0, 0x2a0].flatMap((offset): [string, string, Hex][] => [
      [`a point off the twist at ${offset}`, 'InvalidG2Point', withWords({ [offset]: word(offset) + 1n })],
      [
        `infinity in G2 at ${offset}`,
        'G2PointAtInfinity',
        withWords({ [offset]: 0n, [offset + 32]: 0n, [offset + 64]: 0n, [offset + 96]: 0n }),
      ],
      [
        `a point of the twist outside the group at ${offset}`,
        'InvalidG2Point',
        withWords({
          [offset]: outside.x[1],
          [offset + 32]: outside.x[0],
          [offset + 64]: outside.y[1],
          [offset + 96]: outside.y[0],
        }),
      ],
    ]),
    ['gamma = delta', 'RelatedG2Points', withWords(copy(0x1e0, 0x2a0))],
    ['gamma = -delta', 'RelatedG2Points', withWords(negated(0x1e0, 0x2a0))],
    ['beta = gamma', 'RelatedG2Points', withWords(copy(0x120, 0x1e0))],
    ['beta = -delta', 'RelatedG2Points', withWords(negated(0x120, 0x2a0))],
    ['no description', 'InvalidDescription', tail('')],
    ['a description that is cut', 'InvalidDescription', tail(description.slice(0, -2))],
    ['a description with bytes behind it', 'InvalidDescription', tail(`${description}00`)],
  ];

  it.each(BAD_KEYS)('is refused for %s', async (_name, error, data) => {
    await expect(ask('registerKey', data)).rejects.toMatchObject({ revert: { name: error } });
  });

  it('is refused for descriptions that contradict the layout', async () => {
    const described = (layout: StatementLayout): Hex =>
      `0x${key.data.slice(2, 2 + 2 * 800)}${encodeKeyData(sourceOf(layout)).data.slice(2 + 2 * 800)}`;
    const x = tensor('x', 'uint8', [9]);
    const y = tensor('y', 'int8', [10]);
    expect(await ask('registerKey', described(layoutOf({ inputs: [x], outputs: [y] })))).toMatch(/^0x/);
    const wrong = [
      layoutOf({ inputs: [tensor('x', 'int8', [9])], outputs: [y] }),
      layoutOf({ inputs: [x], outputs: [tensor('y', 'uint8', [10])] }),
      layoutOf({ inputs: [tensor('x', 'uint8', [3, 4])], outputs: [y] }),
      layoutOf({ inputs: [x, tensor('z', 'uint8', [1])], outputs: [y] }),
      layoutOf({ inputs: [x], outputs: [y, y] }),
      layoutOf({ inputs: [tensor('x', 'uint8', [2 ** 16, 2 ** 17])], outputs: [y] }),
    ];
    for (const layout of wrong) {
      await expect(ask('registerKey', described(layout))).rejects.toMatchObject({
        revert: { name: 'InvalidDescription' },
      });
    }
  });

  it('of random bytes is refused, and what is taken in spite of a changed byte has another id', async () => {
    const random = new Random(7);
    const bytes = (length: number): string => Buffer.from(random.integers(length, 0, 255)).toString('hex');
    const size = key.data.length / 2 - 1;
    for (let round = 0; round < 40; round++) {
      await expect(ask('registerKey', `0x${bytes(random.integer(0, 1200))}`)).rejects.toMatchObject({
        code: 'CALL_EXCEPTION',
      });
      const tampered = changeByte(key.data, random.integer(0, size - 1));
      const answer = await ask<string>('registerKey', tampered).catch((error: { revert?: { name: string } }) => error);
      if (typeof answer === 'string') expect(answer).not.toBe(key.keyId);
      else expect(answer.revert?.name).toMatch(/^(Invalid|Related)/);
    }
  });
});

describe('the contract that models delegate to', () => {
  it('has no key of its own', async () => {
    const address = await ask<Hex>('modelImplementation');
    const implementation = new Contract(address, modelFile.abi as InterfaceAbi, chain.connection.provider);
    for (const method of ['modelId', 'DEVELOPMENT_KEY', 'modelCid']) {
      await expect(implementation.getFunction(method)()).rejects.toMatchObject({ revert: { name: 'UnknownKey' } });
    }
  });

  it('names its interfaces (ERC-165)', async () => {
    const address = await ask<Hex>('modelImplementation');
    const implementation = new Contract(address, modelFile.abi as InterfaceAbi, chain.connection.provider);
    const supports = implementation.getFunction('supportsInterface');
    for (const file of await builtContracts('IVerifiableModel', 'IBatchVerifier')) {
      expect(await supports(interfaceId(file))).toBe(true);
    }
    expect(await supports('0x01ffc9a7')).toBe(true);
    expect(await supports('0xffffffff')).toBe(false);
  });

  it('helps to read outputs', async () => {
    const { keyId } = await register(sourceOf(LAYOUTS['two tensors a part'] as StatementLayout));
    const model = await modelOf(keyId);
    const elements = [-128, 127, -3, ...Array.from({ length: 30 }, (_, i) => i - 15)];
    const output = `0x${Buffer.from(Int8Array.from(elements).buffer).toString('hex')}`;
    const values = await model.getFunction('dequantizeOutput')(output);
    const exact = (q: number, mantissa: bigint, exponent: bigint): bigint => {
      const scaled = BigInt(q + 3) * mantissa * 10n ** 18n;
      return exponent < 0n ? scaled >> -exponent : scaled << exponent;
    };
    expect([...values]).toEqual(elements.map((q, i) => (i < 3 ? exact(q, 13421773n, -27n) : exact(q, 1n, 2n))));
    for (const wrong of ['0x', '0x00', `${output}00`]) {
      await expect(model.getFunction('dequantizeOutput')(wrong)).rejects.toMatchObject({
        revert: { name: 'InvalidOutputLength' },
      });
    }
    expect(await model.getFunction('argmax')('0x80ff7f017f')).toBe(2n);
    await expect(model.getFunction('argmax')('0x')).rejects.toMatchObject({ revert: { name: 'NoElements' } });
  });
});

/** ERC-165: all selectors, combined by XOR. */
function interfaceId({ abi }: ContractFile): Hex {
  const selectors = new Interface(abi as InterfaceAbi).fragments
    .filter((fragment) => fragment instanceof FunctionFragment)
    .map((fragment) => Number(fragment.selector));
  const id = selectors.reduce((combined, selector) => combined ^ selector, 0) >>> 0;
  return `0x${id.toString(16).padStart(8, '0')}`;
}
