import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCurveFromName } from 'ffjavascript';
import { powersOfTau } from 'snarkjs';
import { missingNative, selectNativeVariant } from '../../src/native/load.js';
import { nativeCeremony } from '../../src/setup/ceremony-native.js';
import { terminateCurves } from '../../src/setup/curve.js';
import { makeDevelopmentPtau, verifyPowers } from '../../src/setup/key-ceremony.js';
import { makeFolder, removeFolder } from '../support/product-circuit.js';
import { Random } from '../support/random.js';
import { sectionsOf } from '../support/zkey-sections.js';

/** The implementations that this machine has. */
const IMPLEMENTATIONS = (['auto', 'off'] as const).filter((choice) => {
  selectNativeVariant(choice);
  return choice === 'off' || missingNative('verifyPtau') === undefined;
});
const onNative = IMPLEMENTATIONS.includes('auto') ? it : it.skip;

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await makeFolder();
  selectNativeVariant('auto');
  await makeDevelopmentPtau(4, at('development.ptau'));
  // A ceremony of snarkjs that goes on from ours, ends with a beacon, and is cut to smaller powers.
  const curve = await getCurveFromName('bn128');
  await powersOfTau.newAccumulator(curve, 4, at('new.ptau'));
  await powersOfTau.contribute(at('new.ptau'), at('one.ptau'), 'somebody', 'some entropy');
  await powersOfTau.contribute(at('development.ptau'), at('two.ptau'), 'somebody else', 'some entropy');
  await powersOfTau.beacon(at('two.ptau'), at('three.ptau'), 'beacon', '0102', 10);
  await powersOfTau.preparePhase2(at('three.ptau'), at('final.ptau'));
  await powersOfTau.truncate(at('final.ptau'), at('cut_'));
});
afterEach(() => selectNativeVariant('auto'));
afterAll(async () => {
  await terminateCurves();
  await removeFolder(folder);
});

/** Changes of final.ptau; points are only replaced by other points. */
const FORGERIES: readonly (readonly [what: string, change: (sections: Map<number, Buffer>) => void])[] = [
  ['two powers in G1', (s) => s.get(2)!.copy(s.get(2)!, 64 * 5, 64 * 6, 64 * 7)],
  ['the last power in G1', (s) => s.get(2)!.copy(s.get(2)!, s.get(2)!.length - 64, 0, 64)],
  ['two powers in G2', (s) => s.get(3)!.copy(s.get(3)!, 128 * 5, 128 * 6, 128 * 7)],
  ['the first power', (s) => s.get(2)!.copy(s.get(2)!, 0, 64, 128)],
  ['alpha', (s) => s.get(4)!.copy(s.get(4)!, 0, 64, 128)],
  ['a power times alpha', (s) => s.get(4)!.copy(s.get(4)!, 64 * 3, 64 * 4, 64 * 5)],
  ['a power times beta', (s) => s.get(5)!.fill(0, 64 * 15)],
  ['beta in G2', (s) => s.get(3)!.copy(s.get(6)!, 0, 128, 256)],
  ['a Lagrange point', (s) => s.get(12)!.copy(s.get(12)!, 64 * 20, 64 * 21, 64 * 22)],
  ['the last Lagrange point', (s) => s.get(12)!.copy(s.get(12)!, s.get(12)!.length - 64, 0, 64)],
  ['a Lagrange point in G2', (s) => s.get(13)!.copy(s.get(13)!, 128 * 9, 128 * 10, 128 * 11)],
  ['a Lagrange point times alpha', (s) => s.get(14)!.copy(s.get(14)!, 64 * 9, 64 * 10, 64 * 11)],
  ['the Lagrange point of the smallest domain', (s) => s.get(15)!.copy(s.get(15)!, 0, 64, 128)],
  ['the hash of the file', (s) => forgeContribution(s, CONTRIBUTION - 1)],
  ['a proof of knowledge', (s) => s.get(7)!.copy(s.get(7)!, 4 + 448, 4, 4 + 64)],
  ['tau after the first contribution', (s) => s.get(2)!.copy(s.get(7)!, 4, 64, 128)],
];
/** Bytes of a contribution before its parameters. */
const CONTRIBUTION = 448 + 6 * 64 + 3 * 128 + 216 + 64;
/** Flips a bit of the first contribution. */
function forgeContribution(sections: Map<number, Buffer>, place: number): void {
  const bytes = sections.get(7)!;
  bytes[4 + place]! ^= 1;
}

describe.each(IMPLEMENTATIONS)('verifyPowers (native: %s)', (implementation) => {
  beforeEach(() => selectNativeVariant(implementation));

  it.each(['development', 'one', 'two', 'three', 'final', 'cut_03'])('accepts %s.ptau', async (name) => {
    const verdict = await verifyPowers(at(`${name}.ptau`));
    const origin = name === 'development' ? 'development' : 'unknown';
    expect(verdict).toMatchObject({
      valid: true,
      ptau: { origin, power: name === 'cut_03' ? 3 : 4, ceremonyPower: 4 },
    });
  });
  it('wants a contribution', async () => {
    expect(await verifyPowers(at('new.ptau'))).toMatchObject({ valid: false });
  });
  it.each(FORGERIES)('does not accept forged %s', async (_, change) => {
    const bytes = await readFile(at('final.ptau'));
    change(sectionsOf(bytes));
    await writeFile(at('forged.ptau'), bytes);
    expect(await verifyPowers(at('forged.ptau'))).toMatchObject({ valid: false, reason: expect.any(String) as string });
  });
});

onNative('damaged files give errors or verdicts', async () => {
  const random = new Random(3);
  // Without a beacon, whose iterations could become 2^63.
  const bytes = await readFile(at('development.ptau'));
  const codes = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const copy = Buffer.from(
      bytes.subarray(0, random.integer(0, 3) === 0 ? random.integer(0, bytes.length) : bytes.length),
    );
    for (let left = random.integer(1, 3); left > 0 && copy.length > 0; left--) {
      copy[random.integer(0, copy.length - 1)] = random.pick([0, 0xff, random.integer(0, 255)]);
    }
    await writeFile(at('fuzz.ptau'), copy);
    const outcome = await nativeCeremony.verifyPtau(at('fuzz.ptau'), {}).then(
      (wrong) => (wrong === undefined ? 'valid' : 'invalid'),
      (error: { code: string }) => error.code,
    );
    codes.add(outcome);
  }
  expect(
    [...codes].filter((code) => !['invalid', 'ARTIFACT_FORMAT', 'valid', 'MODEL_UNSUPPORTED'].includes(code)),
  ).toEqual([]);
});
