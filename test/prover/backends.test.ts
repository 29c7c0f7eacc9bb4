import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nativeState, selectNativeVariant } from '../../src/native/load.js';
import { BACKEND_NAMES, BACKENDS, chooseBackend } from '../../src/prover/backends.js';
import { nativeBackend } from '../../src/prover/native-backend.js';
import { checkGroth16 } from '../../src/prover/pairing-check.js';
import { snarkjsBackend } from '../../src/prover/snarkjs-backend.js';
import { WitnessGenerator, type WitnessInputs } from '../../src/prover/witness.js';
import type { VerificationKey } from '../../src/artifacts/types.js';
import { terminateCurves } from '../../src/setup/curve.js';
import { setupDevelopment } from '../../src/setup/development.js';
import { chosenVariant, isNativeAbsent, TESTED_BACKENDS } from '../support/backends.js';
import { compileProduct, makeFolder, removeFolder, type CompiledCircuit } from '../support/product-circuit.js';
import { productInputs } from '../support/product-model.js';

let folder: string;
let circuit: CompiledCircuit;
let inputs: WitnessInputs;
let wtns: Uint8Array;
let zkey: string;
let otherZkey: string;
let verificationKey: VerificationKey;

beforeAll(async () => {
  folder = await makeFolder();
  circuit = await compileProduct(folder);
  inputs = await productInputs(255, 254);
  wtns = await (await WitnessGenerator.load(circuit.wasm)).calculate(inputs);
  zkey = join(folder, 'a.zkey');
  verificationKey = await setupDevelopment({ r1cs: circuit.r1cs, zkey, verificationKey: join(folder, 'a.json') });
  const other = await compileProduct(folder, 'CommittedProduct');
  otherZkey = join(folder, 'c.zkey');
  await setupDevelopment({ r1cs: other.r1cs, zkey: otherZkey, verificationKey: join(folder, 'c.json') });
});
afterAll(async () => {
  await terminateCurves();
  await removeFolder(folder);
});

describe.each(TESTED_BACKENDS)('the backend $name', (backend) => {
  const format = { code: 'ARTIFACT_FORMAT' };

  it('is available', async () => {
    expect(await backend.available()).toEqual({ available: true });
  });
  it('gives proofs, and the signals of the witness', async () => {
    const signals = [inputs['C'], inputs['r'], inputs['s']] as bigint[];
    for (const source of [zkey, new Uint8Array(await readFile(zkey))]) {
      const { proof, publicSignals } = await backend.prove(source, wtns);
      expect(publicSignals).toEqual(signals.map(String));
      expect(await checkGroth16(verificationKey, signals, proof)).toBe(true);
    }
  });
  it('tells damaged keys', async () => {
    const bytes = await readFile(zkey);
    for (const length of [0, 3, 11, 12, 100, 700, bytes.length >> 1, bytes.length - 1]) {
      await expect(backend.prove(bytes.subarray(0, length), wtns)).rejects.toMatchObject(format);
    }
    const cut = join(folder, 'cut.zkey');
    await writeFile(cut, bytes.subarray(0, -1));
    await expect(backend.prove(cut, wtns)).rejects.toMatchObject({ ...format, location: { file: cut } });
    await expect(backend.prove(circuit.r1cs, wtns)).rejects.toMatchObject(format);
    await expect(backend.prove(join(folder, 'none.zkey'), wtns)).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
    await expect(backend.prove(folder, wtns)).rejects.toMatchObject({ code: 'IO' });
  });
  it('tells damaged and foreign witnesses', async () => {
    for (const length of [0, 11, 50, 75, 76, 100, wtns.length - 1]) {
      await expect(backend.prove(zkey, wtns.subarray(0, length))).rejects.toMatchObject(format);
    }
    await expect(backend.prove(otherZkey, wtns)).rejects.toMatchObject({
      code: 'ARTIFACT_MISMATCH',
      message: expect.stringMatching(/^the key is for \d+ wires, the witness has 44$/) as string,
      location: { file: otherZkey },
    });
  });
  it('loads a key once for many proofs', async () => {
    const stages = new Set<string>();
    const key = await backend.loadKey(zkey, { onProgress: ({ stage }) => stages.add(stage) });
    expect(key).toMatchObject({ backend: backend.name, nWires: 44, nPublic: 3 });
    const several = await Promise.all(
      [1, 1, 2, 3].map((threads) => key.prove(wtns, { threads, onProgress: ({ stage }) => stages.add(stage) })),
    );
    expect(new Set(several.map(({ proof }) => proof.pi_a[0])).size).toBe(4);
    expect(stages).toContain('proving');
    key.release();
    await expect(key.prove(wtns)).rejects.toMatchObject({ code: 'INTERNAL' });
  });
  it('stops when it is cancelled', async () => {
    const aborted = { code: 'ABORTED' };
    await expect(backend.prove(zkey, wtns, { signal: AbortSignal.abort() })).rejects.toMatchObject(aborted);
    const key = await backend.loadKey(zkey);
    await expect(key.prove(wtns, { signal: AbortSignal.abort() })).rejects.toMatchObject(aborted);
    key.release();
  });
});

describe('chooseBackend', () => {
  afterEach(() => selectNativeVariant(chosenVariant));

  it('takes the fastest, and the named one', async () => {
    expect(BACKENDS.map(({ name }) => name)).toEqual(BACKEND_NAMES);
    expect(await chooseBackend()).toBe(isNativeAbsent ? snarkjsBackend : nativeBackend);
    expect(await chooseBackend('snarkjs')).toBe(snarkjsBackend);
  });
  it('falls back to snarkjs where there is no native code, but not when native is asked for', async () => {
    selectNativeVariant('off');
    expect(nativeState()).toEqual({ available: false, reason: 'it is switched off' });
    expect(await chooseBackend()).toBe(snarkjsBackend);
    await expect(chooseBackend('native')).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: 'the backend native is not available: it is switched off',
    });
    await expect(nativeBackend.loadKey(zkey)).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  });
});
