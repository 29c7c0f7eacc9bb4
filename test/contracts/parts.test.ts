/** Generated contracts for statements of all kinds: what they accept, what they tell about their models, and how they read outputs. */
import { Contract, type InterfaceAbi } from 'ethers';
import type { Manifest, StatementLayout } from '../../src/artifacts/types.js';
import { type CompiledContract, compileSolidity } from '../../src/chain/solc.js';
import { callVerifyInference, CONTRACT_SIZE_LIMIT, type VerifierReference } from '../../src/chain/verifier.js';
import { proofCalldata } from '../../src/solidity/calldata.js';
import { generateVerifier } from '../../src/solidity/verifier.js';
import { startTestChain, type TestChain } from '../support/chain.js';
import { builtContracts } from '../support/contracts.js';
import { expectDescription, expectHelpers, interfaceId } from '../support/described.js';
import { ALL_LAYOUTS } from '../support/layouts.js';
import { provenStatement } from '../support/statements.js';
import { CID, keySource } from '../support/universal.js';
import { unreducedParts, unreducedStatement } from '../support/unreduced.js';

const NAMES = Object.keys(ALL_LAYOUTS);

const DEVELOPMENT = 'a development key';

interface Deployed {
  readonly manifest: Manifest;
  readonly verifier: VerifierReference;
  readonly contract: Contract;
  readonly codeBytes: number;
}

let chain: TestChain;
const deployed = new Map<string, Deployed>();

beforeAll(async () => {
  const sources = NAMES.map((name, i) => [
    `${i}.sol`,
    generateVerifier(keySource(ALL_LAYOUTS[name] as StatementLayout)),
  ]);
  // A development key in place of the first one's.
  const development = keySource(ALL_LAYOUTS[NAMES[0]!]!, { setup: { kind: 'development' } });
  sources.push([`${NAMES.length}.sol`, generateVerifier({ ...development, cid: '' })]);
  const compiled = await compileSolidity(Object.fromEntries(sources) as Record<string, string>, { viaIR: false });
  chain = await startTestChain();
  for (const [i, name] of [...NAMES, DEVELOPMENT].entries()) {
    const contract = compiled[`${i}.sol:ModelVerifier`] as CompiledContract;
    const verifier = await chain.deploy(contract);
    deployed.set(name, {
      manifest: name === DEVELOPMENT ? development.manifest : keySource(ALL_LAYOUTS[name]!).manifest,
      verifier,
      contract: new Contract(verifier.address, contract.abi as InterfaceAbi, chain.connection.provider),
      codeBytes: contract.deployedBytecode.length / 2 - 1,
    });
  }
});

afterAll(() => chain.stop());

const at = (name: string): Deployed => deployed.get(name) as Deployed;

describe.each(NAMES)('%s', (name) => {
  it('accepts the right statement, refuses another one', async () => {
    const { manifest, verifier } = at(name);
    const { document } = await provenStatement(manifest, { seed: 77 });
    const right = proofCalldata(document, manifest);
    const other = proofCalldata((await provenStatement(manifest, { seed: 78 })).document, manifest);
    const ask = (changes: object): Promise<boolean> =>
      callVerifyInference(chain.connection, verifier, { ...right, ...changes });
    expect(await ask({})).toBe(true);
    expect(await ask({ input: other.input })).toBe(false);
    expect(await ask({ output: other.output })).toBe(false);
    expect(await ask({ proof: other.proof })).toBe(false);
  });

  it('refuses numbers that are not reduced, with proofs that are right modulo the order of the field', async () => {
    const { manifest, verifier } = at(name);
    for (const part of unreducedParts(manifest)) {
      // The greatest multiple that a word has room for is the fourth.
      for (const times of [1n, 4n]) {
        const statement = await unreducedStatement(manifest, part, times);
        expect(await callVerifyInference(chain.connection, verifier, statement)).toBe(false);
      }
    }
  });

  it('answers for its model', async () => {
    const { manifest, contract, codeBytes } = at(name);
    await expectDescription(contract, manifest, CID);
    expect(codeBytes).toBeLessThan(CONTRACT_SIZE_LIMIT);
  });

  it('reads outputs', async () => {
    await expectHelpers(at(name).contract, ALL_LAYOUTS[name]!);
  });
});

it('a development key is told by the contract, and so is that there is no CID', async () => {
  const { manifest, contract } = at(DEVELOPMENT);
  expect(await contract.getFunction('DEVELOPMENT_KEY')()).toBe(true);
  await expectDescription(contract, manifest, '');
});

describe('helpers', () => {
  const ask = (name: string, method: string, ...values: unknown[]) => at(name).contract.getFunction(method)(...values);

  it('decode elements by dtype', async () => {
    const bytes = `0x80ff00017f${'00'.repeat(28)}`;
    expect([...(await ask('committed, int8 33', 'decodeOutput', bytes))].slice(0, 5)).toEqual([
      -128n,
      -1n,
      0n,
      1n,
      127n,
    ]);
    const unsigned = `0x80ff0001${'00'.repeat(26)}`;
    expect([...(await ask('uint8 1, uint8 30', 'decodeOutput', unsigned))].slice(0, 4)).toEqual([128n, 255n, 0n, 1n]);
    await expect(ask('uint8 1, uint8 30', 'decodeOutput', '0x80')).rejects.toMatchObject({
      revert: { name: 'InvalidOutputLength' },
    });
  });

  it('name the interfaces that the contract implements (ERC-165)', async () => {
    const { contract } = at(NAMES[0] as string);
    const supports = contract.getFunction('supportsInterface');
    const [{ abi }] = await builtContracts('IVerifiableModel');
    expect(await supports(interfaceId(abi))).toBe(true);
    expect(await supports('0x01ffc9a7')).toBe(true);
    expect(await supports('0xffffffff')).toBe(false);
    expect(await supports('0x80ac58cd')).toBe(false);
  });
});
