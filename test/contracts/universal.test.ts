/** The universal verifier: what it answers for the keys of all kinds of models, itself and through the contracts that stand for models. */
import type { Hex, StatementLayout } from '../../src/artifacts/types.js';
import { proofCalldata } from '../../src/solidity/calldata.js';
import { ALL_LAYOUTS } from '../support/layouts.js';
import { BAD_PROOFS, changeByte } from '../support/proof-words.js';
import { Random } from '../support/random.js';
import { simulatedKey, simulateProof, TOXIC_WASTE } from '../support/simulated-key.js';
import { layoutOf, MODEL_ID, provenStatement } from '../support/statements.js';
import { keySource, startUniversalChain, type UniversalChain } from '../support/universal.js';
import { unreducedParts, unreducedStatement } from '../support/unreduced.js';

const CONTEXT: Hex = `0x${'c0'.repeat(32)}`;

let u: UniversalChain;
beforeAll(async () => {
  u = await startUniversalChain();
});
afterAll(() => u.chain.stop());

describe.each(Object.keys(ALL_LAYOUTS))('a key for %s', (name) => {
  const layout = ALL_LAYOUTS[name] as StatementLayout;
  const source = keySource(layout);
  let keyId: Hex;
  beforeAll(async () => {
    ({ keyId } = await u.register(source));
  });

  it('is used for its statements, also by the model of the key, and for no others', async () => {
    const { manifest } = source;
    const model = await u.modelOf(keyId);
    const right = proofCalldata((await provenStatement(manifest, { seed: 7, context: CONTEXT })).document, manifest);
    const other = proofCalldata((await provenStatement(manifest, { seed: 8, context: CONTEXT })).document, manifest);
    const verify = async (changes: object): Promise<boolean> => {
      const { context, input, output, proof } = { ...right, ...changes };
      const answer = await u.ask<boolean>('verifyInference', keyId, context, input, output, proof);
      expect(await model.getFunction('verifyInferenceFor')(context, input, output, proof)).toBe(answer);
      return answer;
    };
    expect(await verify({})).toBe(true);
    for (const part of ['input', 'output', 'proof'] as const) expect(await verify({ [part]: other[part] })).toBe(false);
    expect(await verify({ context: changeByte(CONTEXT, 31) })).toBe(false);
  });

  it('is used for no statements with numbers that are not reduced', async () => {
    for (const part of unreducedParts(source.manifest)) {
      const { context, input, output, proof } = await unreducedStatement(source.manifest, part);
      expect(await u.ask('verifyInference', keyId, context, input, output, proof)).toBe(false);
    }
  });
});

describe('proofs', () => {
  const source = keySource(layoutOf());
  let keyId: Hex;
  let right: ReturnType<typeof proofCalldata>;
  beforeAll(async () => {
    ({ keyId } = await u.register(source));
    right = proofCalldata((await provenStatement(source.manifest)).document, source.manifest, { keyId });
  });

  it('are accepted as the bytes that proofCalldata gives', async () => {
    const { provider } = u.chain.connection;
    expect(BigInt(await provider.call({ to: u.reference.address, data: right.calldata }))).toBe(1n);
  });

  it.each(BAD_PROOFS)('are refused with %s', async (_name, change) => {
    const { context, input, output, proof } = right;
    expect(await u.ask('verifyInference', keyId, context, input, output, change(proof))).toBe(false);
  });

  it('are refused where lengths are wrong', async () => {
    const { context, input, output, proof } = right;
    const verify = (changes: object) => {
      const call = { input, output, proof, ...changes };
      return u.ask('verifyInference', keyId, context, call.input, call.output, call.proof);
    };
    const revert = (name: string) => ({ revert: { name } });
    for (const wrong of ['0x', input.slice(0, -2), `${input}00`]) {
      await expect(verify({ input: wrong })).rejects.toMatchObject(revert('InvalidInputLength'));
    }
    await expect(verify({ output: `${output}00` })).rejects.toMatchObject(revert('InvalidOutputLength'));
    await expect(verify({ proof: proof.slice(0, -2) })).rejects.toMatchObject(revert('InvalidProofLength'));
  });

  it('of another model with the same verification key are refused', async () => {
    const other = await u.register(keySource(layoutOf(), { modelId: `0x${'11'.repeat(32)}` }));
    const { context, input, output, proof } = right;
    expect(other.keyId).not.toBe(keyId);
    expect(await u.ask('verifyInference', other.keyId, context, input, output, proof)).toBe(false);
  });

  it('by who registers a key of his own for the model are proofs for his key id only', async () => {
    const waste = { ...TOXIC_WASTE, alpha: 31n, delta: 41n };
    const { manifest } = source;
    const thief = await u.register({ ...source, verificationKey: simulatedKey(waste) });
    const prove = (signals: readonly bigint[]) => simulateProof(signals, waste);
    const forged = proofCalldata((await provenStatement(manifest, { seed: 66, prove })).document, manifest);
    const { context, input, output, proof } = forged;
    expect(await u.ask('verifyInference', thief.keyId, context, input, output, proof)).toBe(true);
    expect(await u.ask('verifyInference', keyId, context, input, output, proof)).toBe(false);
  });

  it('for a key that is not registered are no proofs', async () => {
    const { context, input, output, proof } = right;
    for (const unknown of [`0x${'00'.repeat(32)}`, MODEL_ID, changeByte(keyId, 31)]) {
      const refused = { revert: { name: 'UnknownKey', args: [unknown] } };
      await expect(u.ask('verifyInference', unknown, context, input, output, proof)).rejects.toMatchObject(refused);
      const batch = [unknown, [context], input, output, proof];
      await expect(u.ask('verifyBatch', ...batch)).rejects.toMatchObject(refused);
      await expect(u.ask('firstInvalid', ...batch)).rejects.toMatchObject(refused);
      await expect(u.ask('keyData', unknown)).rejects.toMatchObject(refused);
      await expect(u.ask('deployModel', unknown)).rejects.toMatchObject(refused);
      expect(await u.ask('isRegistered', unknown)).toBe(false);
    }
  });

  it('of random bytes are refused or revert, and never anything else', async () => {
    const random = new Random(2024);
    for (let round = 0; round < 40; round++) {
      const proof = random.hex(288);
      expect(await u.ask('verifyInference', keyId, random.hex(32), random.hex(784), random.hex(10), proof)).toBe(false);
      const { context, input, output } = right;
      const changed = changeByte(right.proof, random.integer(0, 287));
      expect(await u.ask('verifyInference', keyId, context, input, output, changed)).toBe(false);
      const data = `${right.calldata.slice(0, 10)}${random.hex(random.integer(0, 1500)).slice(2)}`;
      await expect(u.chain.connection.provider.call({ to: u.reference.address, data })).rejects.toMatchObject({
        code: 'CALL_EXCEPTION',
      });
    }
  });
});
