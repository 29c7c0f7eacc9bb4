import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCurveFromName } from 'ffjavascript';
import { powersOfTau, zKey } from 'snarkjs';
import type { VerificationKey } from '../../src/artifacts/types.js';
import { missingNative, selectNativeVariant } from '../../src/native/load.js';
import { proveStatement } from '../../src/prover/prove.js';
import { terminateCurves } from '../../src/setup/curve.js';
import { assertKeyPoints, assertKeySafe } from '../../src/setup/key-check.js';
import { setupFromPtau, type PtauSetup } from '../../src/setup/ptau.js';
import { readZkeyHeader } from '../../src/setup/zkey-header.js';
import { compileProduct, makeFolder, removeFolder, type CompiledCircuit } from '../support/product-circuit.js';
import { product, productManifest } from '../support/product-model.js';
import { runSnarkjs } from '../support/snarkjs-cli.js';

let folder: string;
let circuit: CompiledCircuit;
let setup: PtauSetup;
let paths: { r1cs: string; ptau: string; zkey: string; verificationKey: string };

/** A powers-of-tau file of its own making; good for tests only. */
async function makePtau(power: number, prepared: boolean): Promise<string> {
  const step = (name: string): string => join(folder, `${power}.${name}.ptau`);
  await powersOfTau.newAccumulator(await getCurveFromName('bn128'), power, step('new'));
  await powersOfTau.contribute(step('new'), step('contributed'), 'test', 'some entropy');
  if (prepared) await powersOfTau.preparePhase2(step('contributed'), step('final'));
  return step(prepared ? 'final' : 'contributed');
}

beforeAll(async () => {
  folder = await makeFolder();
  circuit = await compileProduct(folder);
  paths = {
    r1cs: circuit.r1cs,
    ptau: await makePtau(7, true),
    zkey: join(folder, 'ptau.zkey'),
    verificationKey: join(folder, 'ptau.json'),
  };
});
afterAll(async () => {
  selectNativeVariant('auto');
  await terminateCurves();
  await removeFolder(folder);
});

/** The implementations that this machine has. */
const IMPLEMENTATIONS = (['auto', 'off'] as const).filter((choice) => {
  selectNativeVariant(choice);
  return choice === 'off' || missingNative('initialKey', 'contribute') === undefined;
});

describe.each(IMPLEMENTATIONS)('setupFromPtau (native: %s)', (implementation) => {
  beforeAll(async () => {
    selectNativeVariant(implementation);
    setup = await setupFromPtau(paths);
  });

  it('makes a key that snarkjs verifies against circuit and ptau', async () => {
    const result = await runSnarkjs('zkey', 'verify', paths.r1cs, paths.ptau, paths.zkey);
    expect(result).toMatchObject({ code: 0, output: expect.stringContaining('ZKey Ok!') as string });
  });
  it('is not marked as development key and has delta other than gamma', async () => {
    expect(await readZkeyHeader(paths.zkey)).toMatchObject({ nPublic: 3, domainSize: 64, development: false });
    expect(() => assertKeySafe(setup.verificationKey)).not.toThrow();
    expect(JSON.parse(await readFile(paths.verificationKey, 'utf8'))).toEqual(setup.verificationKey);
    expect(setup.ptau.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
  it('proves and verifies', async () => {
    const { document } = await proveStatement({
      manifest: productManifest(),
      witnessGenerator: circuit.wasm,
      zkey: paths.zkey,
      verificationKey: setup.verificationKey,
      input: [250, 99],
      output: [product(250, 99)],
    });
    expect(document.output).toEqual([96]);
  });
  it('leaves nothing but its results', async () => {
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });
  it('says when the ptau is too small', async () => {
    const small = await makePtau(4, true);
    await expect(setupFromPtau({ ...paths, ptau: small })).rejects.toMatchObject({
      code: 'USAGE',
      message: 'the ptau file has power 4, the circuit needs 6',
    });
  });
  it('says when the ptau is not prepared, damaged, missing or none', async () => {
    const raw = join(folder, '7.contributed.ptau');
    await expect(setupFromPtau({ ...paths, ptau: raw })).rejects.toMatchObject({ code: 'USAGE' });
    const bytes = await readFile(paths.ptau);
    const cut = join(folder, 'cut.ptau');
    await writeFile(cut, bytes.subarray(0, bytes.length - 10));
    await expect(setupFromPtau({ ...paths, ptau: cut })).rejects.toMatchObject({ code: 'ARTIFACT_FORMAT' });
    await copyFile(circuit.r1cs, cut);
    await expect(setupFromPtau({ ...paths, ptau: cut })).rejects.toMatchObject({ code: 'ARTIFACT_FORMAT' });
    await expect(setupFromPtau({ ...paths, ptau: join(folder, 'no.ptau') })).rejects.toMatchObject({
      code: 'ARTIFACT_MISSING',
    });
  });
  it('can be cancelled', async () => {
    const controller = new AbortController();
    const onProgress = ({ stage }: { stage: string }): void => {
      if (stage === 'making key from ptau') controller.abort();
    };
    const other = { ...paths, zkey: join(folder, 'cancelled.zkey') };
    await expect(setupFromPtau(other, { signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(await readdir(folder)).not.toContain('cancelled.zkey');
  });
});

describe('assertKeySafe', () => {
  const unsafe = expect.objectContaining({ code: 'KEY_UNSAFE' }) as Error;
  it('refuses the key of a setup without contribution', async () => {
    const initial = join(folder, 'initial.zkey');
    await zKey.newZKey(paths.r1cs, paths.ptau, initial);
    const key = (await zKey.exportVerificationKey(initial)) as VerificationKey;
    expect(key.vk_gamma_2).toEqual(key.vk_delta_2);
    expect(() => assertKeySafe(key)).toThrow(unsafe);
  });
  it('refuses points at infinity and another number of public signals', () => {
    const key = setup.verificationKey;
    expect(() => assertKeySafe({ ...key, vk_alpha_1: ['0', '1', '0'] })).toThrow(unsafe);
    expect(() =>
      assertKeySafe({
        ...key,
        vk_beta_2: [
          ['0', '0'],
          ['1', '0'],
          ['0', '0'],
        ],
      }),
    ).toThrow(unsafe);
    expect(() => assertKeySafe({ ...key, IC: [...key.IC.slice(0, 3), ['0', '1', '0']] })).toThrow(unsafe);
    expect(() => assertKeySafe({ ...key, nPublic: 2, IC: key.IC.slice(0, 3) })).toThrow(unsafe);
  });
  it('refuses points that are not in their groups', async () => {
    const key = setup.verificationKey;
    await expect(assertKeyPoints({ ...key, vk_alpha_1: ['1', '3', '1'] })).rejects.toMatchObject({
      code: 'KEY_UNSAFE',
    });
    const [x, y] = [key.vk_beta_2[0]!, key.vk_beta_2[1]!];
    const moved = [x, [y[1]!, y[0]!], ['1', '0']];
    await expect(assertKeyPoints({ ...key, vk_beta_2: moved })).rejects.toMatchObject({ code: 'KEY_UNSAFE' });
  });
  it('refuses what is no key', () => {
    const format = expect.objectContaining({ code: 'ARTIFACT_FORMAT' }) as Error;
    const key = setup.verificationKey;
    for (const damaged of [
      null,
      {},
      { ...key, protocol: 'plonk' },
      { ...key, IC: 'x' },
      { ...key, vk_alpha_1: [1, 2, 1] },
    ]) {
      expect(() => assertKeySafe(damaged as VerificationKey)).toThrow(format);
    }
  });
});
