import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { groth16, zKey } from 'snarkjs';
import type { VerificationKey } from '../../src/artifacts/types.js';
import { domainPower, readR1cs } from '../../src/circom/r1cs.js';
import { missingNative, selectNativeVariant } from '../../src/native/load.js';
import { readWtns } from '../../src/prover/wtns.js';
import { WitnessGenerator } from '../../src/prover/witness.js';
import { terminateCurves } from '../../src/setup/curve.js';
import { setupDevelopment } from '../../src/setup/development.js';
import { assertKeyPoints } from '../../src/setup/key-check.js';
import { readZkeyHeader } from '../../src/setup/zkey-header.js';
import type { ProgressEvent } from '../../src/progress.js';
import { compileProduct, makeFolder, removeFolder, type CompiledCircuit } from '../support/product-circuit.js';
import { productInputs } from '../support/product-model.js';
import { runSnarkjs } from '../support/snarkjs-cli.js';

/** The implementations that this machine has. */
const IMPLEMENTATIONS = (['auto', 'off'] as const).filter((choice) => {
  selectNativeVariant(choice);
  return choice === 'off' || missingNative('developmentKey') === undefined;
});

let folder: string;
let circuit: CompiledCircuit;
let paths: { r1cs: string; zkey: string; verificationKey: string };

beforeAll(async () => {
  folder = await makeFolder();
  circuit = await compileProduct(folder);
  paths = { r1cs: circuit.r1cs, zkey: join(folder, 'dev.zkey'), verificationKey: join(folder, 'dev.json') };
});
afterAll(async () => {
  selectNativeVariant('auto');
  await terminateCurves();
  await removeFolder(folder);
});

describe.each(IMPLEMENTATIONS)('setupDevelopment (native: %s)', (implementation) => {
  let key: VerificationKey;
  const events: ProgressEvent[] = [];

  beforeAll(async () => {
    selectNativeVariant(implementation);
    key = await setupDevelopment(paths, { onProgress: (event) => events.push(event), threads: 2 });
  });

  it('writes a key whose header fits the circuit and carries the mark', async () => {
    const r1cs = await readR1cs(circuit.r1cs);
    const header = await readZkeyHeader(paths.zkey);
    expect(header).toEqual({ nWires: r1cs.nWires, nPublic: 3, domainSize: 64, development: true });
    expect(2 ** domainPower(r1cs)).toBe(64);
    expect(await readZkeyHeader(await readFile(paths.zkey))).toEqual(header);
  });
  it('writes the verification key that snarkjs exports from the proving key', async () => {
    expect(await zKey.exportVerificationKey(paths.zkey)).toEqual(key);
    expect(JSON.parse(await readFile(paths.verificationKey, 'utf8'))).toEqual(key);
    await expect(assertKeyPoints(key)).resolves.toBeUndefined();
  });
  it('tells how far it is', () => {
    expect(new Set(events.map(({ stage }) => stage))).toEqual(
      new Set(['reading constraints', 'evaluating polynomials', 'fixed-base multiplication']),
    );
    const last = events.at(-1)!;
    expect(last.done).toBe(last.total);
  });
  it('makes other secrets each time', async () => {
    const other = { ...paths, zkey: join(folder, 'other.zkey'), verificationKey: join(folder, 'other.json') };
    const second = await setupDevelopment(other, { threads: 1 });
    expect(second.vk_alpha_1).not.toEqual(key.vk_alpha_1);
    expect(second.vk_delta_2).not.toEqual(key.vk_delta_2);
    expect(second.vk_gamma_2).toEqual(key.vk_gamma_2);
  });

  it('serves snarkjs: prove and verify by its library and its command line', async () => {
    const generator = await WitnessGenerator.load(circuit.wasm);
    const wtns = await generator.calculate(await productInputs(200, 130));
    const { proof, publicSignals } = await groth16.prove(paths.zkey, wtns);
    expect(publicSignals).toEqual(readWtns(wtns).slice(1, 4).map(String));
    expect(await groth16.verify(key, publicSignals, proof)).toBe(true);
    expect(await groth16.verify(key, [publicSignals[0]!, publicSignals[1]!, '1'], proof)).toBe(false);

    const [proofFile, publicFile] = [join(folder, 'proof.json'), join(folder, 'public.json')];
    const witnessFile = join(folder, 'witness.wtns');
    await writeFile(witnessFile, wtns);
    const proved = await runSnarkjs('groth16', 'prove', paths.zkey, witnessFile, proofFile, publicFile);
    expect(proved).toMatchObject({ code: 0 });
    const verified = await runSnarkjs('groth16', 'verify', paths.verificationKey, publicFile, proofFile);
    expect(verified).toMatchObject({ code: 0, output: expect.stringContaining('OK') as string });
    await writeFile(publicFile, JSON.stringify([publicSignals[0], publicSignals[1], '1']));
    const refused = await runSnarkjs('groth16', 'verify', paths.verificationKey, publicFile, proofFile);
    expect(refused.code).not.toBe(0);
  });
  it('takes contributions of snarkjs, and the mark stays', async () => {
    const contributed = join(folder, 'contributed.zkey');
    await zKey.contribute(paths.zkey, contributed, 'someone', 'entropy');
    expect((await readZkeyHeader(contributed)).development).toBe(true);
    const contributedKey = (await zKey.exportVerificationKey(contributed)) as VerificationKey;
    expect(contributedKey.vk_delta_2).not.toEqual(key.vk_delta_2);
    const wtns = await (await WitnessGenerator.load(circuit.wasm)).calculate(await productInputs(3, 4));
    const { proof, publicSignals } = await groth16.prove(contributed, wtns);
    expect(await groth16.verify(contributedKey, publicSignals, proof)).toBe(true);
    expect(await groth16.verify(key, publicSignals, proof)).toBe(false);
  });

  it('leaves nothing behind when it is cancelled, and the old key in place', async () => {
    const controller = new AbortController();
    const before = await readFile(paths.zkey);
    const onProgress = ({ stage }: ProgressEvent): void => {
      if (stage === 'fixed-base multiplication') controller.abort();
    };
    await expect(setupDevelopment(paths, { signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect((await readFile(paths.zkey)).equals(before)).toBe(true);
    expect((await readdir(folder)).filter((name) => /tmp|partial/.test(name))).toEqual([]);
  });
  it('says what is wrong with the circuit', async () => {
    await expect(setupDevelopment({ ...paths, r1cs: join(folder, 'none') })).rejects.toMatchObject({
      code: 'ARTIFACT_MISSING',
    });
    const cut = join(folder, 'cut.r1cs');
    await writeFile(cut, (await readFile(circuit.r1cs)).subarray(0, 2000));
    await expect(setupDevelopment({ ...paths, r1cs: cut })).rejects.toMatchObject({ code: 'ARTIFACT_FORMAT' });
    await expect(setupDevelopment({ ...paths, zkey: join(folder, 'none', 'x.zkey') })).rejects.toMatchObject({
      code: 'IO',
    });
  });
  it('refuses a circuit that has not the signals of a statement', async () => {
    const bytes = await readFile(circuit.r1cs);
    const other = join(folder, 'two-public.r1cs');
    const header = bytes.indexOf(Buffer.from('010000f093f5e143', 'hex')) - 4;
    bytes.writeUInt32LE(2, header + 36 + 8); // nPubIn
    await writeFile(other, bytes);
    await expect(setupDevelopment({ ...paths, r1cs: other })).rejects.toMatchObject({ code: 'KEY_UNSAFE' });
  });
});

describe('readZkeyHeader', () => {
  it('refuses damaged files', async () => {
    const bytes = await readFile(paths.zkey);
    const format = { code: 'ARTIFACT_FORMAT' };
    for (const length of [0, 3, 11, 100, 700, bytes.length - 1]) {
      await expect(readZkeyHeader(bytes.subarray(0, length))).rejects.toMatchObject(format);
    }
    await expect(readZkeyHeader(Buffer.concat([bytes, Buffer.alloc(3)]))).rejects.toMatchObject(format);
    await expect(readZkeyHeader(circuit.r1cs)).rejects.toMatchObject(format);
    const plonk = Buffer.from(bytes);
    plonk.writeUInt32LE(2, 24);
    await expect(readZkeyHeader(plonk)).rejects.toMatchObject({
      ...format,
      message: expect.stringContaining('Groth16') as string,
    });
    const wires = Buffer.from(bytes);
    wires.writeUInt32LE(45, 28 + 12 + 72);
    await expect(readZkeyHeader(wires)).rejects.toMatchObject(format);
    await expect(readZkeyHeader(join(folder, 'none.zkey'))).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
  });
});
