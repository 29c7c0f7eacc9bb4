/** Which artifacts contracts are made from: the refusals of export-verifier and export-key, and what contracts then say of themselves. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Contract, type InterfaceAbi } from 'ethers';
import type { Manifest, VerificationKey } from '../../src/artifacts/types.js';
import { compileModel, compileSolidity, deployModel, registerKey, setupDevelopment } from '../../src/index.js';
import { startTestChain } from '../support/chain.js';
import { builtContracts } from '../support/contracts.js';
import { FIXTURES } from '../support/golden-witness.js';
import { outsideChanges, unsafeChanges } from '../support/unsafe-keys.js';
import { runCli } from './run-cli.js';

const CID = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy';
const COMMANDS = ['export-verifier', 'export-key'] as const;

const folder = mkdtempSync(join(tmpdir(), 'zkinfer-export-'));
const build = join(folder, 'build');

beforeAll(async () => {
  await compileModel(join(FIXTURES, 'iris-mlp/model.qdq-u8u8.onnx'), build);
  await setupDevelopment(build);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Changes {
  readonly key?: Partial<VerificationKey>;
  readonly setup?: NonNullable<Manifest['setup']>;
}

/** The artifacts with these changes, consistent as a flawed setup would have left them: the manifest has the hashes of the files. */
function artifacts({ key, setup }: Changes): string {
  const dir = mkdtempSync(join(folder, 'artifacts-'));
  cpSync(build, dir, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')) as Manifest;
  const path = join(dir, 'verification_key.json');
  const text = JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...key });
  writeFileSync(path, text);
  const file = { sha256: createHash('sha256').update(text).digest('hex'), bytes: Buffer.byteLength(text) };
  const files = { ...manifest.files, 'verification_key.json': file };
  writeFileSync(
    join(dir, 'manifest.json'),
    JSON.stringify({ ...manifest, files, ...(setup === undefined ? {} : { setup }) }),
  );
  return dir;
}

/** Expects that both commands refuse, and leave nothing behind. */
async function expectRefusal(dir: string, says: string, ...options: string[]): Promise<void> {
  for (const command of COMMANDS) {
    const out = join(dir, 'out');
    const { code, stderr } = await runCli([command, dir, '-o', out, '--quiet', ...options]);
    expect([code, stderr]).toEqual([4, expect.stringContaining(`error KEY_UNSAFE: `)]);
    expect(stderr).toContain(says);
    expect(existsSync(out)).toBe(false);
  }
}

const realKey = (): VerificationKey =>
  JSON.parse(readFileSync(join(build, 'verification_key.json'), 'utf8')) as VerificationKey;

describe('whatever is allowed', () => {
  it('keys that anyone can forge for are refused', async () => {
    for (const [name, change] of unsafeChanges(realKey())) {
      const says = name === 'gamma = delta' ? 'gamma equals delta' : 'the ';
      await expectRefusal(artifacts({ key: change }), says, '--allow-development-key');
    }
  });

  it('keys with points outside of their group are refused', async () => {
    for (const [, change] of outsideChanges()) {
      await expectRefusal(artifacts({ key: change }), 'not in its group', '--allow-development-key');
    }
  });

  it('a development key that the manifest calls something else is refused', async () => {
    const setup = { kind: 'ptau', ptauSha256: '00'.repeat(32) } as const;
    await expectRefusal(artifacts({ setup }), 'is a development key', '--allow-development-key');
    await expectRefusal(artifacts({ setup }), 'is a development key');
  });
});

describe('a development key', () => {
  it('is refused unless it is allowed', async () => {
    await expectRefusal(build, 'whoever ran it can forge proofs');
  });

  it('and the CID are told by the contract that it is exported to', async () => {
    const options = ['--allow-development-key', '--cid', CID];
    const exported = await runCli(['export-verifier', build, '-o', folder, '--json', '--quiet', ...options]);
    const { path } = JSON.parse(exported.stdout) as { path: string };
    const source = readFileSync(path, 'utf8');
    expect(source).toContain('/// WARNING: the key comes from a single-party development setup.');
    const { stdout } = await runCli(['export-key', build, '--json', '--quiet', ...options]);
    const key = JSON.parse(stdout) as { keyId: `0x${string}`; data: `0x${string}` };
    const [universalFile, modelFile] = await builtContracts('UniversalVerifier', 'UniversalModel');
    const compiled = await compileSolidity({ 'v.sol': source }, { viaIR: false });
    const chain = await startTestChain();
    try {
      const generated = await chain.deploy(compiled['v.sol:ModelVerifier']!);
      const universal = await chain.deploy(universalFile);
      await registerKey(chain.connection, universal, key);
      const model = await deployModel(chain.connection, universal, key.keyId);
      for (const [address, abi] of [
        [generated.address, generated.abi],
        [model.address, modelFile.abi],
      ] as const) {
        const contract = new Contract(address, abi as InterfaceAbi, chain.connection.provider);
        const tell = (method: string): Promise<unknown> => contract.getFunction(method)() as Promise<unknown>;
        expect(await tell('DEVELOPMENT_KEY')).toBe(true);
        expect(await tell('modelCid')).toBe(CID);
        expect(await tell('keyId')).toBe(key.keyId);
      }
    } finally {
      await chain.stop();
    }
  });
});

it.each(['ipfs://x', 'Qm', 'bafy"; }', CID.toUpperCase(), `${CID}\n`])('%j is no CID', async (cid) => {
  for (const command of COMMANDS) {
    const out = join(folder, 'none');
    const { code, stderr } = await runCli([command, build, '-o', out, '--allow-development-key', '--cid', cid]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('error USAGE: the text is not an IPFS CID')]);
    expect(existsSync(out)).toBe(false);
  }
});

it.each([
  'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG',
  'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi',
  'zb2rhe5P4gXftAwvA4eXQ5HJwsER2owDyS9sKaQRRVQPn93bA',
  'f01701220c3c4733ec8affd06cf9e9ff50ffc6bcd2ec85a6170004bb709669c31de94391a',
])('%s is a CID', async (cid) => {
  const { code, stdout } = await runCli(['export-key', build, '--allow-development-key', '--cid', cid, '--json']);
  expect([code, stdout]).toEqual([0, expect.stringContaining(Buffer.from(cid).toString('hex'))]);
});
