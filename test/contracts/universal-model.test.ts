/** The contracts that stand for keys of the universal verifier: what they tell about their models, and how they read outputs. */
import type { Hex, StatementLayout } from '../../src/artifacts/types.js';
import { builtContracts } from '../support/contracts.js';
import { expectDescription, expectHelpers, interfaceId } from '../support/described.js';
import { ALL_LAYOUTS } from '../support/layouts.js';
import { layoutOf } from '../support/statements.js';
import { CID, keySource, startUniversalChain, type UniversalChain } from '../support/universal.js';

let u: UniversalChain;
beforeAll(async () => {
  u = await startUniversalChain();
});
afterAll(() => u.chain.stop());

describe.each(Object.keys(ALL_LAYOUTS))('the model of a key for %s', (name) => {
  const layout = ALL_LAYOUTS[name] as StatementLayout;
  const source = keySource(layout);
  let keyId: Hex;
  beforeAll(async () => {
    ({ keyId } = await u.register(source));
  });

  it('describes the model', async () => {
    const model = await u.modelOf(keyId);
    await expectDescription(model, source.manifest, CID);
    expect(await model.getFunction('keyId')()).toBe(keyId);
    expect(await model.getFunction('universalVerifier')()).toBe(u.reference.address);
    if (layout.weights !== 'committed') expect(BigInt(await model.getFunction('weightsCommitment')())).toBe(0n);
  });

  it('reads outputs', async () => {
    await expectHelpers(await u.modelOf(keyId), layout);
  });
});

it('is of no CID where none was given', async () => {
  const { manifest, verificationKey, onnxSha256 } = keySource(layoutOf());
  const { keyId } = await u.register({
    manifest,
    verificationKey,
    ...(onnxSha256 === undefined ? {} : { onnxSha256 }),
  });
  expect(await (await u.modelOf(keyId)).getFunction('modelCid')()).toBe('');
});

it('tells of a development key', async () => {
  const source = keySource(layoutOf(), { setup: { kind: 'development' } });
  const { keyId } = await u.register(source);
  expect(keyId).not.toBe((await u.register(keySource(layoutOf()))).keyId);
  await expectDescription(await u.modelOf(keyId), source.manifest, CID);
});

describe('the contract that models delegate to', () => {
  it('has no key of its own', async () => {
    const implementation = u.modelAt(await u.ask<Hex>('modelImplementation'));
    for (const method of ['modelId', 'DEVELOPMENT_KEY', 'modelCid']) {
      await expect(implementation.getFunction(method)()).rejects.toMatchObject({ revert: { name: 'UnknownKey' } });
    }
  });

  it('names its interfaces (ERC-165)', async () => {
    const supports = u.modelAt(await u.ask<Hex>('modelImplementation')).getFunction('supportsInterface');
    for (const { abi } of await builtContracts('IVerifiableModel', 'IBatchVerifier')) {
      expect(await supports(interfaceId(abi))).toBe(true);
    }
    expect(await supports('0x01ffc9a7')).toBe(true);
    expect(await supports('0xffffffff')).toBe(false);
  });
});
