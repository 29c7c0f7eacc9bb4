/** Batches of proofs, in a generated verifier and in the universal one: what they accept and what they refuse. */
import { concat, Contract, type InterfaceAbi, keccak256, toBeHex, toUtf8Bytes } from 'ethers';
import type { Hex } from '../../src/artifacts/types.js';
import { callFirstInvalid, callVerifyBatch } from '../../src/chain/batch.js';
import { type CompiledContract, compileSolidity } from '../../src/chain/solc.js';
import { deployModel, registerKey } from '../../src/chain/universal.js';
import type { VerifierReference } from '../../src/chain/verifier.js';
import { batchCalldata } from '../../src/solidity/calldata.js';
import { encodeKeyData } from '../../src/solidity/key-data.js';
import { generateVerifier } from '../../src/solidity/verifier.js';
import { inverse, mod, P, Q } from '../support/bn254.js';
import { type Batch, batchOf, entriesOf, provenBatch, provenDocuments, withEntry } from '../support/batches.js';
import { startTestChain, type TestChain } from '../support/chain.js';
import { builtContracts } from '../support/contracts.js';
import { interfaceId } from '../support/described.js';
import { BAD_PROOFS, changeByte, setWords } from '../support/proof-words.js';
import { Random } from '../support/random.js';
import { simulatedKey } from '../support/simulated-key.js';
import { layoutOf, manifestOf, ONNX_SHA256, tensor } from '../support/statements.js';
import { unreducedStatement } from '../support/unreduced.js';

/** An input that does not end at a word, nor at a packed element. */
const manifest = manifestOf(layoutOf({ inputs: [tensor('x', 'uint8', [70])], outputs: [tensor('y', 'int8', [3])] }));
const key = { manifest, verificationKey: simulatedKey(), onnxSha256: ONNX_SHA256 };
const { keyId, data } = encodeKeyData(key);

/** Makes the weight visible, and the check under a weight of the caller's choice. */
const HARNESS = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
import {InferenceBatches, ModelVerifier} from "ModelVerifier.sol";
contract Harness is ModelVerifier {
    function weight(bytes32[] calldata contexts, bytes calldata inputs, bytes calldata outputs, bytes calldata proofs)
        external pure returns (uint256)
    {
        uint256 record = _record();
        _statements(record, contexts, inputs, outputs, proofs);
        return InferenceBatches.challenge(record, contexts.length, _at(proofs), keyId);
    }
    function verifyUnder(uint256 w, bytes32[] calldata contexts, bytes calldata inputs, bytes calldata outputs, bytes calldata proofs)
        external view returns (bool)
    {
        uint256 record = _record();
        _statements(record, contexts, inputs, outputs, proofs);
        return InferenceBatches.product(record, contexts.length, _at(proofs), w);
    }
    function _statements(uint256 record, bytes32[] calldata contexts, bytes calldata inputs, bytes calldata outputs, bytes calldata proofs)
        private pure
    {
        uint256 contextsAt;
        assembly { contextsAt := contexts.offset }
        InferenceBatches.statements(record, contexts.length, contextsAt, _at(inputs), _at(outputs), _at(proofs));
    }
    function _at(bytes calldata part) private pure returns (uint256 at) {
        assembly { at := part.offset }
    }
}`;

let chain: TestChain;
let harness: Contract;
/** The same key in three places. */
const verifiers = new Map<string, { readonly reference: VerifierReference; readonly keyId?: Hex }>();
const PLACES = ['a generated verifier', 'the universal verifier', 'a model of the universal verifier'];

beforeAll(async () => {
  const sources = { 'ModelVerifier.sol': generateVerifier({ ...key, batch: true }), 'h.sol': HARNESS };
  const compiled = await compileSolidity(sources);
  const [universalFile, modelFile] = await builtContracts('UniversalVerifier', 'UniversalModel');
  chain = await startTestChain();
  const contract = compiled['h.sol:Harness'] as CompiledContract;
  const generated = await chain.deploy(contract);
  harness = new Contract(generated.address, contract.abi as InterfaceAbi, chain.connection.provider);
  const universal = await chain.deploy(universalFile);
  await registerKey(chain.connection, universal, { keyId, data });
  const model = await deployModel(chain.connection, universal, keyId);
  verifiers.set('a generated verifier', { reference: generated });
  verifiers.set('the universal verifier', { reference: universal, keyId });
  verifiers.set('a model of the universal verifier', { reference: { ...model, abi: modelFile.abi } });
});

afterAll(() => chain.stop());

function at(place: string): { readonly reference: VerifierReference; readonly keyId?: Hex } {
  return verifiers.get(place)!;
}

function verify(batch: Batch, place = 'the universal verifier'): Promise<boolean> {
  const { reference, keyId: id } = at(place);
  return callVerifyBatch(chain.connection, reference, { ...batch, ...(id === undefined ? {} : { keyId: id }) });
}

function firstInvalid(batch: Batch, place = 'the universal verifier'): Promise<number | undefined> {
  const { reference, keyId: id } = at(place);
  return callFirstInvalid(chain.connection, reference, { ...batch, ...(id === undefined ? {} : { keyId: id }) });
}

describe.each(PLACES)('%s', (place) => {
  let batch: Batch;
  beforeAll(async () => {
    batch = await provenBatch(manifest, 3);
  });

  it.each([1, 2, 5])('accepts %i right statements, in any order', async (count) => {
    const right = await provenBatch(manifest, count, { seed: 5 });
    expect(await verify(right, place)).toBe(true);
    expect(await verify(batchOf(entriesOf(right).reverse()), place)).toBe(true);
    expect(await firstInvalid(right, place)).toBeUndefined();
  });

  it('accepts a statement twice', async () => {
    const [first, second] = entriesOf(batch);
    expect(await verify(batchOf([first!, second!, first!]), place)).toBe(true);
  });

  it.each([0, 2])('refuses changed parts of statement %i, and finds it', async (index) => {
    const changed = [
      withEntry(batch, index, ({ input }) => ({ input: changeByte(input, 0) })),
      withEntry(batch, index, ({ input }) => ({ input: changeByte(input, -1) })),
      withEntry(batch, index, ({ output }) => ({ output: changeByte(output, -1) })),
      withEntry(batch, index, ({ context }) => ({ context: changeByte(context, 7) })),
      withEntry(batch, index, () => ({ context: `0x${'00'.repeat(32)}` })),
    ];
    for (const wrong of changed) {
      expect(await verify(wrong, place)).toBe(false);
      expect(await firstInvalid(wrong, place)).toBe(index);
    }
  });

  it.each(BAD_PROOFS)('refuses %s', async (_name, change) => {
    for (const index of [0, 2]) {
      const wrong = withEntry(batch, index, ({ proof }) => ({ proof: change(proof) }));
      expect(await verify(wrong, place)).toBe(false);
    }
    const [single] = entriesOf(batch);
    const alone = batchOf([{ ...single!, proof: change(single!.proof) }]);
    expect(await verify(alone, place)).toBe(false);
    expect(await firstInvalid(alone, place)).toBe(0);
  });

  it('refuses a C that is not reduced, with a proof that is right modulo the order', async () => {
    for (const index of [0, 2]) {
      const statement = await unreducedStatement(manifest, 'C', 1n, { context: entriesOf(batch)[index]!.context });
      const wrong = withEntry(batch, index, () => statement);
      expect(await verify(wrong, place)).toBe(false);
      expect(await firstInvalid(wrong, place)).toBe(index);
    }
  });

  it('refuses random bytes', async () => {
    const random = new Random(99);
    for (let round = 0; round < 12; round++) {
      const index = random.integer(0, 2);
      const wrong = [
        withEntry(batch, index, () => ({ proof: random.hex(288) })),
        withEntry(batch, index, () => ({ input: random.hex(70), output: random.hex(3) })),
        withEntry(batch, index, ({ proof }) => ({ proof: changeByte(proof, random.integer(0, 287)) })),
      ];
      for (const changed of wrong) expect(await verify(changed, place)).toBe(false);
    }
  });

  it('refuses proofs, contexts and outputs that changed places', async () => {
    const [first, second, ...rest] = entriesOf(batch);
    for (const part of ['proof', 'context', 'input', 'output'] as const) {
      const swapped = [{ ...first!, [part]: second![part] }, { ...second!, [part]: first![part] }, ...rest];
      expect(await verify(batchOf(swapped), place)).toBe(false);
    }
  });

  it('takes a malleated proof for what it is: another valid one', async () => {
    const negated = withEntry(batch, 2, ({ proof }) => ({
      proof: setWords(proof, { 2: (y) => Q - y, 5: (y1) => Q - y1, 6: (y0) => Q - y0 }),
    }));
    expect(await verify(negated, place)).toBe(true);
  });

  it('reverts for malformed calls', async () => {
    const pad = (hex: Hex): Hex => `${hex}00`;
    const cut = (hex: Hex): Hex => hex.slice(0, -2) as Hex;
    const cases: [Batch, string][] = [
      [{ contexts: [], inputs: '0x', outputs: '0x', proofs: '0x' }, 'EmptyBatch()'],
      [{ ...batch, contexts: [] }, 'EmptyBatch()'],
      [{ ...batch, contexts: batch.contexts.slice(1) }, 'InvalidInputLength(140, 210)'],
      [{ ...batch, contexts: [...batch.contexts, ...batch.contexts] }, 'InvalidInputLength(420, 210)'],
      [{ ...batch, inputs: pad(batch.inputs) }, 'InvalidInputLength(210, 211)'],
      [{ ...batch, inputs: cut(batch.inputs) }, 'InvalidInputLength(210, 209)'],
      [{ ...batch, outputs: pad(batch.outputs) }, 'InvalidOutputLength(9, 10)'],
      [{ ...batch, outputs: cut(batch.outputs) }, 'InvalidOutputLength(9, 8)'],
      [{ ...batch, proofs: pad(batch.proofs) }, 'InvalidProofLength(864, 865)'],
      [{ ...batch, proofs: cut(batch.proofs) }, 'InvalidProofLength(864, 863)'],
      [{ ...batch, proofs: batch.proofs.slice(0, 2 + 2 * 576) as Hex }, 'InvalidProofLength(864, 576)'],
    ];
    for (const [wrong, error] of cases) {
      const refused = { code: 'TOOL_FAILED', message: expect.stringContaining(error) };
      await expect(verify(wrong, place)).rejects.toMatchObject(refused);
      await expect(firstInvalid(wrong, place)).rejects.toMatchObject(refused);
    }
  });
});

describe('the weights', () => {
  const values = ({ contexts, inputs, outputs, proofs }: Batch): unknown[] => [[...contexts], inputs, outputs, proofs];
  const weightOf = (batch: Batch): Promise<bigint> => harness.getFunction('weight')(...values(batch));
  const verifyUnder = (w: bigint, batch: Batch): Promise<boolean> =>
    harness.getFunction('verifyUnder')(w, ...values(batch));

  it('depend on every part of every statement and proof, and on their order', async () => {
    const batch = await provenBatch(manifest, 3);
    const others = [batch, batchOf(entriesOf(batch).reverse()), batchOf(entriesOf(batch).slice(0, 2))];
    for (let index = 0; index < 3; index++) {
      others.push(
        withEntry(batch, index, ({ input }) => ({ input: changeByte(input, 31) })),
        withEntry(batch, index, ({ output }) => ({ output: changeByte(output, 1) })),
        withEntry(batch, index, ({ context }) => ({ context: changeByte(context, 0) })),
      );
      for (let word = 0; word < 9; word++) {
        others.push(withEntry(batch, index, ({ proof }) => ({ proof: changeByte(proof, 32 * word + 9) })));
      }
    }
    const weights = [];
    for (const other of others) weights.push(await weightOf(other));
    expect(new Set(weights).size).toBe(others.length);
    for (const weight of weights) expect(weight < P).toBe(true);
    expect(weights.some((weight) => weight >= 1n << 240n)).toBe(true);
  });

  it('are what the documentation says, of the key, the proofs and the signals of all statements', async () => {
    const documents = await provenDocuments(manifest, 3);
    const batch = batchCalldata(documents, manifest);
    const signals = documents.flatMap(({ statement }) => [toBeHex(statement.r, 32), toBeHex(statement.s, 32)]);
    const domain = keccak256(toUtf8Bytes('zkinfer/batch/1'));
    const hash = keccak256(concat([domain, keyId, keccak256(batch.proofs), keccak256(concat(signals))]));
    expect(await weightOf(batch)).toBe(BigInt(hash) % P);
  });

  it('keep errors from cancelling that would under equal weights', async () => {
    const forged = await provenBatch(manifest, 2, { errors: { 0: 5n, 1: -5n } });
    expect(await verifyUnder(1n, forged)).toBe(true);
    for (const place of PLACES) expect(await verify(forged, place)).toBe(false);
    const three = await provenBatch(manifest, 3, { errors: { 0: 1n, 1: -2n, 2: 1n } });
    expect(await verifyUnder(1n, three)).toBe(true);
    for (const place of PLACES) expect(await verify(three, place)).toBe(false);
  });

  it('cannot be chosen before the proofs: errors made for the weights of another batch do not cancel', async () => {
    const honest = await provenBatch(manifest, 3);
    let w = await weightOf(honest);
    expect(await verifyUnder(w, honest)).toBe(true);
    // An attacker who hopes for w again and again, each time with the weight that the last attempt had.
    for (let attempt = 0; attempt < 4; attempt++) {
      const errors = { 0: 7n, 2: mod(-7n * inverse(w * w, P), P) };
      const forged = await provenBatch(manifest, 3, { errors });
      expect(await verifyUnder(w, forged)).toBe(true);
      expect(await verify(forged)).toBe(false);
      w = await weightOf(forged);
    }
  });

  it('under a known weight, equations of all places count', async () => {
    for (const index of [0, 1, 2]) {
      const forged = await provenBatch(manifest, 3, { errors: { [index]: 1n } });
      expect(await verifyUnder(3n, forged)).toBe(false);
    }
    const errors = { 0: mod(-9n * 4n, P), 2: 4n };
    expect(await verifyUnder(3n, await provenBatch(manifest, 3, { errors }))).toBe(true);
  });
});

it('a generated verifier names the interface of batches (ERC-165)', async () => {
  const [{ abi: single }, { abi: batch }] = await builtContracts('IVerifiableModel', 'IBatchVerifier');
  const supports = harness.getFunction('supportsInterface');
  for (const abi of [single, batch]) expect(await supports(interfaceId(abi))).toBe(true);
  expect(await supports('0xffffffff')).toBe(false);
});

describe('sixty-four proofs', () => {
  it('are refused for a single bad one, wherever it is, which is found', async () => {
    const documents = await provenDocuments(manifest, 64);
    const right = batchCalldata(documents, manifest);
    expect(await verify(right, 'a generated verifier')).toBe(true);
    expect(await verify(right)).toBe(true);
    for (const index of [0, 1, 37, 63]) {
      const [bad] = entriesOf(await provenBatch(manifest, 1, { seed: 90, errors: { 0: 1n } }));
      const wrong = withEntry(right, index, () => bad!);
      expect(await verify(wrong, 'a generated verifier')).toBe(false);
      expect(await verify(wrong)).toBe(false);
      expect(await firstInvalid(wrong)).toBe(index);
    }
  });
});

describe('gas that is too little', () => {
  const answersOf = async (batch: Batch, limits: readonly number[]): Promise<string[]> => {
    const { reference } = at('a generated verifier');
    const contract = new Contract(reference.address, reference.abi as InterfaceAbi, chain.connection.provider);
    const { contexts, inputs, outputs, proofs } = batch;
    const answers = [];
    for (const gasLimit of limits) {
      const call = contract.getFunction('verifyBatch').staticCall([...contexts], inputs, outputs, proofs, { gasLimit });
      answers.push(await call.then(String, () => 'revert'));
    }
    return answers;
  };
  const range = (from: number, to: number, step: number): number[] =>
    Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);

  it('never makes right statements look wrong', async () => {
    const answers = await answersOf(await provenBatch(manifest, 3), range(40_000, 900_000, 12_107));
    expect(new Set(answers)).toEqual(new Set(['revert', 'true']));
    expect(answers.lastIndexOf('revert')).toBeLessThan(answers.indexOf('true'));
  });

  it.each([
    ['A off the curve', 2],
    ['C_proof off the curve', 7],
    ['B off the curve', 6],
  ])('is a revert, not a verdict, for %s', async (_name, word) => {
    const batch = await provenBatch(manifest, 3);
    for (const index of [0, 1, 2]) {
      const bad = withEntry(batch, index, ({ proof }) => ({ proof: setWords(proof, { [word]: (x) => x + 1n }) }));
      const answers = await answersOf(bad, range(60_000, 1_000_000, 47_017));
      expect(new Set(answers)).toEqual(new Set(['revert', 'false']));
      expect(answers.lastIndexOf('revert')).toBeLessThan(answers.indexOf('false'));
    }
  });
});
