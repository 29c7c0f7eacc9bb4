import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zKey } from 'snarkjs';
import { missingNative, selectNativeVariant } from '../../src/native/load.js';
import { availableCeremony } from '../../src/setup/ceremony.js';
import { nativeCeremony } from '../../src/setup/ceremony-native.js';
import { portableCeremony } from '../../src/setup/ceremony-portable.js';
import { terminateCurves } from '../../src/setup/curve.js';
import { setupDevelopment } from '../../src/setup/development.js';
import { contributeToKey, makeDevelopmentPtau, verifyKey } from '../../src/setup/key-ceremony.js';
import { DEVELOPMENT_PTAU_NAME, readPtau } from '../../src/setup/ptau-file.js';
import { identifyPtau } from '../../src/setup/ptau-origin.js';
import { readZkeyContributions } from '../../src/setup/zkey-contributions.js';
import { compileProduct, makeFolder, removeFolder } from '../support/product-circuit.js';
import { r1csBytes, type Row } from '../support/r1cs-bytes.js';
import { Random } from '../support/random.js';
import { runSnarkjs } from '../support/snarkjs-cli.js';
import { readSectionsOf, sectionsOf } from '../support/zkey-sections.js';
import { SNARK_FIELD as P } from '../../src/hash/field.js';

/** The implementations that this machine has. */
const IMPLEMENTATIONS = (['auto', 'off'] as const).filter((choice) => {
  selectNativeVariant(choice);
  return choice === 'off' || missingNative('contribute') === undefined;
});
const onNative = IMPLEMENTATIONS.includes('auto') ? describe : describe.skip;
const BEACON = { value: '0102030405060708090a0b0c0d0e0f10', iterationsExponent: 10 };

let folder: string;
let r1cs: string;
const at = (name: string): string => join(folder, name);
/** Of power 6, which is the circuit's, and 8. */
let exact: string;
let larger: string;

beforeAll(async () => {
  folder = await makeFolder();
  ({ r1cs } = await compileProduct(folder));
  selectNativeVariant('auto');
  [exact, larger] = [at('6.ptau'), at('8.ptau')];
  await makeDevelopmentPtau(6, exact);
  await makeDevelopmentPtau(8, larger);
});
afterEach(() => selectNativeVariant('auto'));
afterAll(async () => {
  await terminateCurves();
  await removeFolder(folder);
});

describe.each(IMPLEMENTATIONS)('powers of tau for development (native: %s)', (implementation) => {
  it('are files that snarkjs verifies and that say what they are', async () => {
    selectNativeVariant(implementation);
    const path = at(`development-${implementation}.ptau`);
    const power = implementation === 'auto' ? 8 : 3;
    await makeDevelopmentPtau(power, path);
    const file = await readPtau(path);
    expect(file).toMatchObject({ power, ceremonyPower: power, prepared: true, development: true });
    expect(file.contributions.map(({ name }) => name)).toEqual([DEVELOPMENT_PTAU_NAME]);
    expect((await identifyPtau(path)).origin).toBe('development');
    const verified = await runSnarkjs('powersoftau', 'verify', path);
    expect(verified.output).toContain('Powers of Tau Ok!');
    expect(verified.output).not.toMatch(/ERROR|WARN/);
  });
  it('refuse powers out of range', async () => {
    for (const power of [0, 28, 1.5, NaN]) {
      await expect(makeDevelopmentPtau(power, at('x.ptau'))).rejects.toMatchObject({ code: 'USAGE' });
    }
  });
});

onNative('native initial keys', () => {
  /** Types of the sections in which our key and that of snarkjs differ. */
  async function differences(circuit: string, ptau: string): Promise<number[]> {
    const [ours, theirs] = [at('ours.zkey'), at('theirs.zkey')];
    await nativeCeremony.makeInitialKey({ r1cs: circuit, ptau, zkey: ours }, { threads: 2 });
    await zKey.newZKey(circuit, ptau, theirs);
    const [a, b] = [await readSectionsOf(ours), await readSectionsOf(theirs)];
    return [...new Set([...a.keys(), ...b.keys()])].filter((type) => a.get(type)?.equals(b.get(type)!) !== true);
  }
  it('equal those of snarkjs, the hash of the circuit included', async () => {
    expect(await differences(r1cs, exact)).toEqual([]);
    expect(await differences(r1cs, larger)).toEqual([]);
  });
  it('equal them for coefficients of all sizes, whatever the variant', async () => {
    const random = new Random(5);
    const wide = (): bigint =>
      random.integers(8, 0, 2 ** 32 - 1).reduce((sum, word) => (sum << 32n) + BigInt(word), 0n) % P;
    const coefficient = (): bigint =>
      random.pick([1n, P - 1n, 2n, P - 128n, 77n, 1n << BigInt(random.integer(0, 253)), wide()]) || 1n;
    const side = (): Row[number] =>
      [...new Set(Array.from({ length: random.pick([0, 1, 2, 9]) }, () => random.integer(0, 39)))].map(
        (wire) => [wire, coefficient()] as const,
      );
    const rows: Row[] = Array.from({ length: 150 }, () => [side(), side(), side()]);
    const circuit = at('strange.r1cs');
    await writeFile(circuit, r1csBytes({ wires: 45, rows, publicInputs: 3 }));
    for (const variant of ['portable', 'adx', 'ifma'] as const) {
      selectNativeVariant(variant);
      if (missingNative('initialKey') === undefined) expect(await differences(circuit, larger)).toEqual([]);
    }
  });
  it('do not depend on where sections lie', async () => {
    // One byte more in the contributions, and all Lagrange points are at odd places.
    const bytes = await readFile(larger);
    const contributions = sectionsOf(bytes).get(7)!;
    const end = contributions.byteOffset - bytes.byteOffset + contributions.length;
    const moved = Buffer.concat([bytes.subarray(0, end), Buffer.alloc(1), bytes.subarray(end)]);
    const header = end - contributions.length - 8;
    moved.writeBigUInt64LE(BigInt(contributions.length + 1), header);
    await writeFile(at('odd.ptau'), moved);
    await nativeCeremony.makeInitialKey({ r1cs, ptau: at('odd.ptau'), zkey: at('odd.zkey') }, {});
    await nativeCeremony.makeInitialKey({ r1cs, ptau: larger, zkey: at('even.zkey') }, {});
    expect((await readFile(at('odd.zkey'))).equals(await readFile(at('even.zkey')))).toBe(true);
  });
});

describe.each(IMPLEMENTATIONS)('contributions (native: %s)', (implementation) => {
  const key = (step: number): string => at(`${implementation}-${step}.zkey`);
  const names = ['Ada', 'snarkjs', 'a beacon', ''];
  let hashes: string[];

  beforeAll(async () => {
    selectNativeVariant(implementation);
    await availableCeremony().makeInitialKey({ r1cs, ptau: exact, zkey: key(0) }, {});
    const first = await contributeToKey({ from: key(0), to: key(1) }, { name: names[0]! });
    const second = await zKey.contribute(key(1), key(2), names[1]!, 'some entropy');
    const third = await contributeToKey({ from: key(2), to: key(3) }, { name: names[2]!, beacon: BEACON });
    const fourth = await contributeToKey({ from: key(3), to: key(4) }, {});
    expect([first, third, fourth].map(({ index }) => index)).toEqual([1, 3, 4]);
    hashes = [first.hash, Buffer.from(second as Uint8Array).toString('hex'), third.hash, fourth.hash];
  });

  it('go on from those of snarkjs and are accepted by it', async () => {
    const { code, output } = await runSnarkjs('zkey', 'verify', r1cs, exact, key(4));
    expect(code).toBe(0);
    expect(output).toContain('ZKey Ok!');
    expect(output).toContain(`Beacon generator: ${BEACON.value}`);
    const shown = output.replace(/[^0-9a-f]/g, '');
    for (const hash of hashes) expect(shown).toContain(hash);
  });
  it('are read from the file with the hashes that their makers saw', async () => {
    const { contributions } = await readZkeyContributions(key(4));
    expect(contributions.map(({ hash }) => hash)).toEqual(hashes);
    expect(contributions.map(({ name = '' }) => name)).toEqual(names);
    expect(contributions.map(({ beacon }) => beacon)).toEqual([undefined, undefined, BEACON, undefined]);
  });
  it('can be followed by a beacon of snarkjs', async () => {
    await zKey.beacon(key(4), key(5), 'theirs', 'ff00', 11);
    selectNativeVariant(implementation);
    expect(await verifyKey({ r1cs, ptau: exact, zkey: key(5) })).toMatchObject({ valid: true });
  });
  it('of the same beacon are the same', async () => {
    selectNativeVariant('off');
    await contributeToKey({ from: key(2), to: at('again.zkey') }, { name: names[2]!, beacon: BEACON });
    expect((await readFile(at('again.zkey'))).equals(await readFile(key(3)))).toBe(true);
  });

  it('are verified, all of them or some', async () => {
    selectNativeVariant(implementation);
    for (const step of [1, 2, 3, 4]) {
      const verdict = await verifyKey({ r1cs, ptau: exact, zkey: key(step) });
      expect(verdict).toMatchObject({ valid: true, ptau: { origin: 'development', power: 6 } });
      expect(verdict.contributions).toHaveLength(step);
    }
  });
  it('are missed where there is none, and where the key is for development', async () => {
    selectNativeVariant(implementation);
    const bare = await verifyKey({ r1cs, ptau: exact, zkey: key(0) });
    expect(bare).toMatchObject({ valid: false, reason: expect.stringContaining('nobody has contributed') as string });
    const development = { r1cs, zkey: at('development.zkey'), verificationKey: at('development.json') };
    await setupDevelopment(development);
    const refused = { code: 'KEY_UNSAFE', hint: expect.stringContaining('--ptau') as string };
    const paths = { from: development.zkey, to: at('refused.zkey') };
    await expect(contributeToKey(paths, {})).rejects.toMatchObject(refused);
    await expect(availableCeremony().contribute(paths, {}, {})).rejects.toMatchObject(refused);
    expect(await verifyKey({ r1cs, ptau: exact, zkey: development.zkey })).toMatchObject({ valid: false });
  });
  it('to another file of powers, or for another circuit, are no contributions to this one', async () => {
    selectNativeVariant(implementation);
    expect(await verifyKey({ r1cs, ptau: larger, zkey: key(1) })).toMatchObject({ valid: false });
    const other = at('other.r1cs');
    const rows: Row[] = Array.from({ length: 40 }, (_, i) => [[[i % 9, 1n]], [[0, 1n]], [[3, 2n]]]);
    await writeFile(other, r1csBytes({ wires: 20, rows, publicInputs: 3 }));
    expect(await verifyKey({ r1cs: other, ptau: exact, zkey: key(1) })).toMatchObject({ valid: false });
  });

  /** Changes of the last key that make it another one, each within valid points where it is of points. */
  const forgeries: readonly (readonly [what: string, change: (sections: Map<number, Buffer>) => void])[] = [
    ['a public wire', (s) => s.get(3)!.copy(s.get(3)!, 0, 64, 128)],
    ['a coefficient', (s) => s.get(4)!.writeUInt8(s.get(4)!.readUInt8(4 + 8) ^ 1, 4 + 8)],
    ['A', (s) => s.get(5)!.fill(0, 64, 128)],
    ['B in G1', (s) => s.get(6)!.fill(0)],
    ['B in G2', (s) => s.get(7)!.fill(0)],
    ['two private wires', (s) => s.get(8)!.copy(s.get(8)!, 0, 64, 128)],
    ['two points of H', (s) => s.get(9)!.copy(s.get(9)!, 0, 64, 128)],
    ['alpha', (s) => s.get(2)!.copy(s.get(2)!, 84, 84 + 64, 84 + 128)],
    ['delta in G1', (s) => s.get(10)!.copy(s.get(2)!, 84 + 2 * 64 + 2 * 128, 68, 68 + 64)],
    ['delta in G2', (s) => s.get(2)!.copy(s.get(2)!, 84 + 3 * 64 + 2 * 128, 84 + 2 * 64 + 128, 84 + 2 * 64 + 2 * 128)],
    ['a transcript', (s) => s.get(10)!.writeUInt8(s.get(10)!.readUInt8(400) ^ 1, 400)],
    ['the circuit’s hash', (s) => s.get(10)!.writeUInt8(s.get(10)!.readUInt8(5) ^ 1, 5)],
    ['a proof of knowledge', (s) => s.get(10)!.copy(s.get(10)!, 68 + 64, 68, 132)],
  ];
  it.each(forgeries)('are not enough for a key with a forged part: %s', async (_, change) => {
    selectNativeVariant(implementation);
    const bytes = await readFile(key(4));
    change(sectionsOf(bytes));
    const forged = at(`forged-${implementation}.zkey`);
    await writeFile(forged, bytes);
    const verdict = verifyKey({ r1cs, ptau: exact, zkey: forged });
    await expect(verdict).resolves.toMatchObject({ valid: false, reason: expect.any(String) as string });
  });

  it('can be cancelled, and leave nothing', async () => {
    selectNativeVariant(implementation);
    const before = await readdir(folder);
    const aborted = { signal: AbortSignal.abort() };
    await expect(contributeToKey({ from: key(1), to: at('none.zkey') }, {}, aborted)).rejects.toMatchObject({
      code: 'ABORTED',
    });
    await expect(verifyKey({ r1cs, ptau: exact, zkey: key(1) }, aborted)).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(makeDevelopmentPtau(5, at('none.ptau'), aborted)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await readdir(folder)).toEqual(before);
  });
  it('refuse names and beacons that files cannot hold', async () => {
    const paths = { from: key(1), to: at('none.zkey') };
    const beacon = (value: string, iterationsExponent = 10) => ({ beacon: { value, iterationsExponent } });
    for (const wrong of [
      { name: 'x'.repeat(65) },
      beacon(''),
      beacon('abc'),
      beacon('xy'),
      beacon('00'.repeat(256)),
      beacon('00', 9),
      beacon('00', 64),
    ]) {
      await expect(contributeToKey(paths, wrong)).rejects.toMatchObject({ code: 'USAGE' });
    }
  });
  it('keep a name of 64 characters of several bytes', async () => {
    selectNativeVariant(implementation);
    const name = 'ü€'.repeat(32);
    await contributeToKey({ from: key(1), to: at('name.zkey') }, { name });
    expect((await readZkeyContributions(at('name.zkey'))).contributions.at(-1)!.name).toBe(name);
  });
});

describe('names of published files', () => {
  it('are refused for other files', async () => {
    const claimed = at('powersOfTau28_hez_final_08.ptau');
    await writeFile(claimed, await readFile(larger));
    await expect(identifyPtau(claimed)).rejects.toMatchObject({
      code: 'ARTIFACT_MISMATCH',
      hint: expect.stringContaining('another name') as string,
    });
    await expect(verifyKey({ r1cs, ptau: claimed, zkey: at('off-1.zkey') })).rejects.toMatchObject({
      code: 'ARTIFACT_MISMATCH',
    });
  });
});

it('the portable implementation reads the same errors out of damaged keys', async () => {
  const bytes = await readFile(at('off-1.zkey'));
  const cut = at('cut.zkey');
  await writeFile(cut, bytes.subarray(0, bytes.length - 10));
  await expect(portableCeremony.contribute({ from: cut, to: at('x.zkey') }, {}, {})).rejects.toMatchObject({
    code: 'ARTIFACT_FORMAT',
  });
});
