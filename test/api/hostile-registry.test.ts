/** What provers and consumers read from verifiers and tokens that an attacker registered: it must not stop them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AbiCoder, type Contract, id } from 'ethers';
import { compileModel, compileSolidity, exportVerifier, setupDevelopment, verifierObjection } from '../../src/index.js';
import { readModel, registryAt } from '../../src/chain/registry.js';
import { FIXTURES } from '../support/golden-witness.js';
import { eventOf, type MarketChain, mined, startMarketChain } from '../support/market-chain.js';

const CID = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy';
/** As HostileModel counts deeds. */
const [ACCEPT, BURN_GAS, LONG_REVERT, SHORT_ANSWER] = [0, 2, 3, 5];

const folder = mkdtempSync(join(tmpdir(), 'zkinfer-hostile-'));
const dir = join(folder, 'build');
let m: MarketChain;
let hostile: Contract;

beforeAll(async () => {
  await compileModel(join(FIXTURES, 'iris-mlp/model.qdq-u8u8.onnx'), dir);
  await setupDevelopment(dir);
  m = await startMarketChain();
  hostile = await m.make('HostileModel', [m.model.target]);
});
afterAll(async () => {
  await m.chain.stop();
  rmSync(folder, { recursive: true, force: true });
});

const text = (value: string): string => AbiCoder.defaultAbiCoder().encode(['string'], [value]);
const NOT_TEXT = AbiCoder.defaultAbiCoder().encode(['bytes'], ['0xff00fe']);
const objection = (verifier: string): Promise<string | undefined> =>
  verifierObjection(m.chain.connection, { verifier, dir });

it.each([
  ['gives text that is no CID', text('x"; } function f() {'), ACCEPT],
  ['gives bytes that are no text', NOT_TEXT, ACCEPT],
  ['gives the start of an answer', '0x', SHORT_ANSWER],
  ['gives a length beyond the answer', `0x${'00'.repeat(31)}20${'ff'.repeat(32)}`, ACCEPT],
  ['burns the gas', '0x', BURN_GAS],
  ['reverts with much', '0x', LONG_REVERT],
])('a verifier that %s, asked for its CID, is objected to', async (_name, answer, deed) => {
  await mined(hostile.onView!(id('modelCid()').slice(0, 10), answer, deed));
  expect(await objection(hostile.target as string)).toContain("is none of zkinfer's");
});

it('a verifier that tells a right CID is judged by its code', async () => {
  await mined(hostile.onView!(id('modelCid()').slice(0, 10), text(CID), ACCEPT));
  expect(await objection(hostile.target as string)).toContain('is not what this installation makes');
  const { source } = await exportVerifier(dir, folder, { allowDevelopmentKey: true, cid: CID });
  const { address } = await m.chain.deploy((await compileSolidity({ 'v.sol': source }))['v.sol:ModelVerifier']!);
  expect(await objection(address)).toBeUndefined();
});

it('a node that does not answer is no objection', async () => {
  const { connection } = m.chain;
  const provider = new Proxy(connection.provider, {
    get: (target, name, receiver) =>
      name === 'call' || name === 'getBlock'
        ? () => Promise.reject(new Error('connection refused'))
        : (Reflect.get(target, name, receiver) as unknown),
  });
  const asked = verifierObjection({ ...connection, provider }, { verifier: hostile.target as string, dir });
  await expect(asked).rejects.toMatchObject({ code: 'TOOL_FAILED' });
});

it('a token whose metadata are no text is read all the same', async () => {
  const registry = await registryAt(m.registry.target as string);
  const data = m.registry.interface.encodeFunctionData('register', [m.model.target, 0, 'abcd', false]);
  // The four bytes of the text, and nothing else.
  const damaged = data.replace(Buffer.from('abcd').toString('hex'), 'fffe80ff');
  expect(damaged).not.toBe(data);
  const sent = await m.accounts[0]!.sendTransaction({ to: m.registry.target, data: damaged });
  const { tokenId } = eventOf((await sent.wait()) as never, m.registry, 'ModelRegistered');
  const model = await readModel(m.chain.connection, registry, tokenId as bigint);
  expect(model).toMatchObject({ metadataUri: expect.stringMatching(/^\ufffd+$/), verifier: m.model.target });
});
