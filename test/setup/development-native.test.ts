import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseR1cs } from '../../src/circom/r1cs.js';
import { ZkinferError } from '../../src/errors.js';
import { SNARK_FIELD as P } from '../../src/hash/field.js';
import {
  missingNative,
  NATIVE_VARIANTS,
  nativeState,
  requireNative,
  selectNativeVariant,
  type NativeVariant,
} from '../../src/native/load.js';
import { writeNativeKey } from '../../src/setup/development-native.js';
import { writePortableKey } from '../../src/setup/development-portable.js';
import type { DevelopmentSecrets } from '../../src/setup/development-secrets.js';
import { compileProduct } from '../support/product-circuit.js';
import { r1csBytes, type Row } from '../support/r1cs-bytes.js';
import { Random } from '../support/random.js';

const SECRETS: DevelopmentSecrets = {
  tau: 0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdefn,
  alpha: P - 2n,
  beta: 3n,
  delta: 0x0fedcba987654321n << 180n,
};
const VARIANTS = NATIVE_VARIANTS.filter((variant) => {
  selectNativeVariant(variant);
  return missingNative('developmentKey') === undefined;
});
const onNative = VARIANTS.length > 0 ? describe : describe.skip;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zkinfer-test-'));
});
afterEach(() => selectNativeVariant('auto'));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Words of native/support/control.h. */
function control(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(16));
}

/** The keys that both implementations make of the same secrets. */
async function bothKeys(r1cs: string, variant: NativeVariant, threads: number) {
  const [portable, native] = [join(folder, 'portable.zkey'), join(folder, 'native.zkey')];
  const expected = await writePortableKey({ r1cs, zkey: portable }, { threads: 1 }, SECRETS);
  selectNativeVariant(variant);
  const found = await writeNativeKey({ r1cs, zkey: native }, { threads }, SECRETS);
  return { expected, found, files: [await readFile(portable), await readFile(native)] as const };
}

/** Constraints of every shape: empty sides, wires that repeat, coefficients of 0 and of 254 bits, long rows. */
function strangeRows(random: Random, wires: number, count: number): Row[] {
  const coefficient = (): bigint => {
    const wide = random.integers(8, 0, 2 ** 32 - 1).reduce((sum, word) => (sum << 32n) + BigInt(word), 0n) % P;
    return random.pick([0n, 1n, P - 1n, 2n, P - 2n, BigInt(random.integer(0, 1 << 20)), wide]);
  };
  const wire = (): number => random.pick([0, random.integer(0, 4), random.integer(0, wires - 1)]);
  const side = (): Row[number] =>
    Array.from({ length: random.pick([0, 1, 1, 2, 5, 40]) }, () => [wire(), coefficient()] as const);
  return Array.from({ length: count }, () => [side(), side(), side()]);
}

async function strangeCircuit(name: string, wires: number, rows: number): Promise<string> {
  const path = join(folder, name);
  const bytes = r1csBytes({ wires, rows: strangeRows(new Random(rows), wires, rows), publicInputs: 3 });
  await writeFile(path, bytes);
  return path;
}

onNative('native development keys', () => {
  it.each(VARIANTS)('equal those of the portable implementation byte for byte (%s)', async (variant) => {
    const { r1cs } = await compileProduct(folder);
    const { expected, found, files } = await bothKeys(r1cs, variant, 2);
    expect(found).toEqual(expected);
    expect(files[0].equals(files[1])).toBe(true);
  });
  it.each(VARIANTS)('equal them for strange circuits of several pieces (%s)', async (variant) => {
    const { files } = await bothKeys(await strangeCircuit('strange.r1cs', 5000, 5000), variant, 3);
    expect(files[0].equals(files[1])).toBe(true);
  });
  it.each([
    ['one constraint', 5, 1],
    ['no constraint', 5, 0],
    ['a domain that is full', 10, 12],
    ['a domain that is one too small', 10, 13],
  ])('equal them for %s', async (_, wires, rows) => {
    const { files } = await bothKeys(await strangeCircuit('small.r1cs', wires, rows), VARIANTS.at(-1)!, 4);
    expect(files[0].equals(files[1])).toBe(true);
  });

  it('refuses secrets that do not serve', async () => {
    const r1cs = await strangeCircuit('secrets.r1cs', 10, 10);
    for (const wrong of [
      { tau: 1n },
      { tau: 0n },
      { tau: P - 1n },
      { alpha: 0n },
      { beta: 0n },
      { delta: 1n },
      { delta: P },
    ]) {
      const key = writeNativeKey({ r1cs, zkey: join(folder, 'x.zkey') }, { threads: 1 }, { ...SECRETS, ...wrong });
      await expect(key).rejects.toMatchObject({ code: 'INTERNAL' });
    }
  });
  it('names the files in errors as the portable implementation does', async () => {
    const cut = join(folder, 'cut.r1cs');
    await writeFile(cut, r1csBytes({ wires: 4, rows: [] }).subarray(0, 100));
    await expect(writeNativeKey({ r1cs: cut, zkey: join(folder, 'x.zkey') }, {})).rejects.toMatchObject({
      code: 'ARTIFACT_FORMAT',
      message: expect.stringContaining('the r1cs file is damaged: ') as string,
      location: { file: cut },
    });
    const none = join(folder, 'none.r1cs');
    await expect(writeNativeKey({ r1cs: none, zkey: join(folder, 'x.zkey') }, {})).rejects.toMatchObject({
      code: 'ARTIFACT_MISSING',
      location: { file: none },
    });
  });
});

onNative('native setup that cannot end', () => {
  it('stops when it is cancelled, and leaves nothing behind', async () => {
    const r1cs = await strangeCircuit('cancelled.r1cs', 5000, 5000);
    const words = control();
    const done = requireNative('developmentKey').developmentKey(r1cs, join(folder, 'c.zkey'), 'c.zkey', 2, words);
    Atomics.store(words, 0, 1);
    await expect(done).rejects.toMatchObject({ code: 'ABORTED' });

    const controller = new AbortController();
    const zkey = join(folder, 'aborted.zkey');
    const key = writeNativeKey({ r1cs, zkey }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 1);
    await expect(key).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await readdir(folder)).filter((name) => name.includes('aborted'))).toEqual([]);
  });
  it('says so when there is no room for the key', async () => {
    const r1cs = await strangeCircuit('large.r1cs', 5000, 5000);
    const script = `
      const addon = require(process.argv[1]);
      const control = new Int32Array(new SharedArrayBuffer(16));
      addon.developmentKey(process.argv[2], process.argv[3], 'the key', 1, control).then(console.log, (error) => {
        console.log(error.code, error.message);
      });`;
    const addon = resolve(`native/build/Release/zkinfer_${VARIANTS[0]}.node`);
    const args = [process.execPath, '-e', script, addon, r1cs, join(folder, 'large.zkey')];
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', 'ulimit -f 1000; exec "$@"', 'sh', ...args]);
    expect(stdout).toMatch(/^IO cannot write the key: /);
  });
});

onNative('damaged circuits', () => {
  /** The code of the error, or that there was none. */
  async function nativeOutcome(bytes: Uint8Array): Promise<string> {
    const [r1cs, zkey] = [join(folder, 'fuzz.r1cs'), join(folder, 'fuzz.zkey')];
    await writeFile(r1cs, bytes);
    const done = requireNative('developmentKey').developmentKey(r1cs, zkey, zkey, 2, control());
    return done.then(
      () => 'accepted',
      (error: { code: string }) => error.code,
    );
  }
  function portableOutcome(bytes: Uint8Array): string {
    try {
      const { nPubOut, nPubIn } = parseR1cs(bytes);
      return nPubOut + nPubIn === 3 ? 'accepted' : 'KEY_UNSAFE';
    } catch (error) {
      return error instanceof ZkinferError ? error.code : String(error);
    }
  }

  it('are refused wherever they are cut', async () => {
    expect(nativeState().available).toBe(true);
    const bytes = r1csBytes({ wires: 12, rows: strangeRows(new Random(5), 12, 4), publicInputs: 3 });
    for (let length = 0; length < bytes.length; length += length < 150 ? 1 : 7) {
      expect([length, await nativeOutcome(bytes.subarray(0, length))]).toEqual([length, 'ARTIFACT_FORMAT']);
    }
    expect(await nativeOutcome(Buffer.concat([bytes, Buffer.alloc(1)]))).toBe('ARTIFACT_FORMAT');
    expect(await nativeOutcome(bytes)).toBe('accepted');
  });
  it('are judged as the portable reader judges them, whichever bytes are changed', async () => {
    const random = new Random(6);
    const bytes = r1csBytes({ wires: 12, rows: strangeRows(new Random(7), 12, 5), publicInputs: 3 });
    const outcomes = new Set<string>();
    for (let round = 0; round < 600; round++) {
      const changed = Buffer.from(bytes);
      for (let i = random.integer(1, 3); i > 0; i--) {
        const at = random.pick([random.integer(0, 150), random.integer(0, bytes.length - 1)]);
        changed[at] = random.pick([0, 1, 255, changed[at]! ^ (1 << random.integer(0, 7))]);
      }
      const outcome = await nativeOutcome(changed);
      expect([round, outcome]).toEqual([round, portableOutcome(changed)]);
      outcomes.add(outcome);
    }
    expect(outcomes).toContain('accepted');
    expect(outcomes).toContain('ARTIFACT_FORMAT');
  });
});
