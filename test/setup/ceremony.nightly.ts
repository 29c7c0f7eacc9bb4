import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zKey } from 'snarkjs';
import { nativeCeremony } from '../../src/setup/ceremony-native.js';
import { terminateCurves } from '../../src/setup/curve.js';
import { makeDevelopmentPtau } from '../../src/setup/key-ceremony.js';
import { makeFolder, removeFolder } from '../support/product-circuit.js';
import { r1csBytes, type Row } from '../support/r1cs-bytes.js';
import { readSectionsOf } from '../support/zkey-sections.js';

let folder: string;
beforeAll(async () => {
  folder = await makeFolder();
});
afterAll(async () => {
  await terminateCurves();
  await removeFolder(folder);
});

// snarkjs hashes powers in blocks of 2^14: a larger domain than that shows whether ours agrees at the end of the last one.
it.each([15, 16])('native initial keys of 2^15 rows equal those of snarkjs, from a file of power %d', async (power) => {
  const at = (name: string): string => join(folder, name);
  const wires = 9000;
  const rows: Row[] = Array.from({ length: 17_000 }, (_, i) => [
    [[i % wires, 1n]],
    [[(7 * i) % wires, BigInt((i % 100) + 1)]],
    [[(11 * i) % wires, 1n << BigInt(i % 250)]],
  ]);
  await writeFile(at('circuit.r1cs'), r1csBytes({ wires, rows, publicInputs: 3 }));
  await makeDevelopmentPtau(power, at('powers.ptau'));
  const paths = { r1cs: at('circuit.r1cs'), ptau: at('powers.ptau') };
  await nativeCeremony.makeInitialKey({ ...paths, zkey: at('ours.zkey') }, {});
  await zKey.newZKey(paths.r1cs, paths.ptau, at('theirs.zkey'));
  const [ours, theirs] = [await readSectionsOf(at('ours.zkey')), await readSectionsOf(at('theirs.zkey'))];
  for (const [type, bytes] of theirs) expect([type, ours.get(type)!.equals(bytes)]).toEqual([type, true]);
});
