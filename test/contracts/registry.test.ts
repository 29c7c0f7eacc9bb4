/** Models as tokens: what registration asks and keeps, and who may change what. */
import { type Contract, ZeroAddress, ZeroHash } from 'ethers';
import { eventOf, type MarketChain, mined, startMarketChain } from '../support/market-chain.js';

const METADATA = 'ipfs://bafy/model.json';
const FEE = 7_000n;

let m: MarketChain;
beforeAll(async () => {
  m = await startMarketChain();
});
afterAll(() => m.chain.stop());

const registered = async (model: Contract, { fee = FEE, development = false, by = 0 } = {}): Promise<bigint> => {
  const registry = m.registry.connect(m.accounts[by]!) as Contract;
  const receipt = await mined(registry.register!(model.target, fee, METADATA, development));
  return eventOf(receipt, m.registry, 'ModelRegistered').tokenId as bigint;
};

describe('registration', () => {
  it('gives the registrant a token that tells about the model', async () => {
    const token = await registered(m.model, { by: 3 });
    expect(await m.registry.ownerOf!(token)).toBe(m.accounts[3]!.address);
    expect(await m.registry.tokenURI!(token)).toBe(METADATA);
    const model = await m.registry.model!(token);
    expect(model.toObject()).toEqual({
      verifier: m.model.target,
      licenseFee: FEE,
      developmentKey: false,
      inputVisibility: 0n,
      outputVisibility: 0n,
      inputLength: 4n,
      outputLength: 3n,
      modelId: await m.model.modelId!(),
      keyId: await m.model.keyId!(),
      weightsCommitment: ZeroHash,
    });
    expect([...(await m.registry.verifierAndOwner!(token))]).toEqual([m.model.target, m.accounts[3]!.address]);
    expect([...(await m.registry.quote!(token))]).toEqual([FEE, 4n]);
  });

  it('numbers tokens from 1, and a model may have several', async () => {
    const before = (await m.registry.modelCount!()) as bigint;
    const tokens = [await registered(m.model), await registered(m.model)];
    expect(tokens).toEqual([before + 1n, before + 2n]);
    expect(await m.registry.modelCount!()).toBe(before + 2n);
  });

  it('keeps the commitment of private weights', async () => {
    const token = await registered(await m.make('MockCommittedModel'));
    expect((await m.registry.model!(token)).weightsCommitment).toBe(`0x${'00'.repeat(31)}c0`);
  });

  it('refuses development keys unless they are expected, and then shows it', async () => {
    const model = await m.make('MockModel');
    await mined(model.setDevelopmentKey!(true));
    expect(await m.reverts(registered(model))).toBe(`DevelopmentKeyNotAllowed(${model.target})`);
    const token = await registered(model, { development: true });
    expect((await m.registry.model!(token)).developmentKey).toBe(true);
  });

  it('refuses what is no verifier', async () => {
    for (const address of [ZeroAddress, m.accounts[1]!.address, m.market.target]) {
      const call = m.registry.register!(address, FEE, METADATA, true);
      expect(await m.reverts(call)).toBe(`NotAVerifier(${address})`);
    }
    const model = await m.make('MockModel');
    await mined(model.setLengths!(1n << 32n, 3));
    expect(await m.reverts(registered(model))).toBe('SafeCastOverflowedUintDowncast(32, 4294967296)');
  });

  it('keeps what the verifier said first', async () => {
    const model = await m.make('MockModel');
    const token = await registered(model);
    await mined(model.setLengths!(9, 9));
    expect((await m.registry.model!(token)).inputLength).toBe(4n);
  });
});

describe('an owner', () => {
  it('changes fee and metadata, and nobody else does', async () => {
    const token = await registered(m.model, { by: 1 });
    const [owner, other] = [m.registry.connect(m.accounts[1]!), m.registry.connect(m.accounts[2]!)] as [
      Contract,
      Contract,
    ];
    const receipt = await mined(owner.setLicenseFee!(token, 5n));
    expect(eventOf(receipt, m.registry, 'LicenseFeeChanged')).toEqual({ tokenId: token, licenseFee: 5n });
    await mined(owner.setMetadataURI!(token, 'ipfs://other'));
    expect((await m.registry.model!(token)).licenseFee).toBe(5n);
    expect(await m.registry.tokenURI!(token)).toBe('ipfs://other');
    const refusal = `NotModelOwner(${token}, ${m.accounts[2]!.address})`;
    expect(await m.reverts(other.setLicenseFee!(token, 0n))).toBe(refusal);
    expect(await m.reverts(other.setMetadataURI!(token, ''))).toBe(refusal);
    // Who may move the token may not speak for its owner.
    await mined(owner.approve!(m.accounts[2]!.address, token));
    expect(await m.reverts(other.setLicenseFee!(token, 0n))).toBe(refusal);
  });

  it('hands everything over with the token', async () => {
    const token = await registered(m.model, { by: 1 });
    const [from, to] = [m.accounts[1]!, m.accounts[2]!];
    await mined((m.registry.connect(from) as Contract).transferFrom!(from.address, to.address, token));
    await mined((m.registry.connect(to) as Contract).setLicenseFee!(token, 6n));
    expect(await m.reverts((m.registry.connect(from) as Contract).setLicenseFee!(token, 0n))).toBe(
      `NotModelOwner(${token}, ${from.address})`,
    );
  });
});

it('knows only its own tokens', async () => {
  for (const method of ['model', 'quote', 'verifierAndOwner', 'tokenURI']) {
    expect(await m.reverts(m.registry[method]!(999))).toBe('ERC721NonexistentToken(999)');
  }
  expect(await m.reverts(m.registry.setLicenseFee!(999, 0))).toBe('ERC721NonexistentToken(999)');
});

it('says by ERC-165 what it is', async () => {
  const ids = { erc165: '0x01ffc9a7', erc721: '0x80ac58cd', metadata: '0x5b5e139f', erc4906: '0x49064906' };
  for (const id of Object.values(ids)) expect(await m.registry.supportsInterface!(id)).toBe(true);
  for (const id of ['0xffffffff', '0xdeadbeef']) expect(await m.registry.supportsInterface!(id)).toBe(false);
});
