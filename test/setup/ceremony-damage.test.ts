import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readR1csCounts } from '../../src/circom/r1cs-header.js';
import { missingNative } from '../../src/native/load.js';
import { nativeCeremony } from '../../src/setup/ceremony-native.js';
import { makeDevelopmentPtau } from '../../src/setup/key-ceremony.js';
import { readZkeyContributions } from '../../src/setup/zkey-contributions.js';
import { compileProduct, makeFolder, removeFolder } from '../support/product-circuit.js';
import { Random } from '../support/random.js';
import { readSectionsOf } from '../support/zkey-sections.js';

const onNative = missingNative('contribute') === undefined ? describe : describe.skip;

let folder: string;
let r1cs: string;
/** Of the circuit's power. */
let exact: string;
/** With contributions, but no beacon: damage could make its iterations 2^63. */
let from: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await makeFolder();
  ({ r1cs } = await compileProduct(folder));
  [exact, from] = [at('6.ptau'), at('key.zkey')];
  await makeDevelopmentPtau(6, exact);
  await nativeCeremony.makeInitialKey({ r1cs, ptau: exact, zkey: at('0.zkey') }, {});
  await nativeCeremony.contribute({ from: at('0.zkey'), to: at('1.zkey') }, { name: 'somebody' }, {});
  await nativeCeremony.contribute({ from: at('1.zkey'), to: from }, { name: 'somebody else' }, {});
});
afterAll(() => removeFolder(folder));

onNative('damaged files', () => {
  const random = new Random(11);
  const known = /^(ARTIFACT_FORMAT|ARTIFACT_MISSING|USAGE|KEY_UNSAFE|MODEL_UNSUPPORTED|IO|TOOL_FAILED)$/;
  /** Cut, lengthened, or with some bytes changed, more often in the header. */
  function damage(bytes: Buffer): Buffer {
    if (random.integer(0, 3) === 0) return bytes.subarray(0, random.integer(0, bytes.length - 1));
    const copy = Buffer.from(bytes);
    for (let left = random.integer(1, 4); left > 0; left--) {
      const limit = random.integer(0, 1) === 0 ? Math.min(900, bytes.length) : bytes.length;
      copy[random.integer(0, limit - 1)] = random.pick([0, 0xff, 0x80, random.integer(0, 255)]);
    }
    return copy;
  }
  /** Outcomes other than success and the known errors. */
  async function surprises(
    count: number,
    original: string,
    run: (path: string) => Promise<unknown>,
  ): Promise<unknown[]> {
    const bytes = await readFile(original);
    const found: unknown[] = [];
    for (let i = 0; i < count; i++) {
      const path = at('fuzz');
      await writeFile(path, damage(bytes));
      await run(path).catch((error: { code?: string; message?: string }) => {
        if (!known.test(String(error.code))) found.push(`${error.code}: ${error.message}`);
      });
    }
    return found;
  }

  it('give errors: ptau', async () => {
    const zkey = at('fuzz.zkey');
    expect(
      await surprises(300, exact, (ptau) => nativeCeremony.makeInitialKey({ r1cs, ptau, zkey }, { threads: 2 })),
    ).toEqual([]);
  });
  it('give errors: r1cs', async () => {
    const zkey = at('fuzz.zkey');
    expect(
      await surprises(300, r1cs, async (path) => {
        // Wires that nothing constrains are no damage: a key of gigabytes could come of them.
        const counts = await readR1csCounts(path);
        if (counts.nWires < 2 ** 20) await nativeCeremony.makeInitialKey({ r1cs: path, ptau: exact, zkey }, {});
      }),
    ).toEqual([]);
  });
  it('give errors: zkey', async () => {
    const [to, scratch] = [at('fuzz.zkey'), at('fuzz-initial.zkey')];
    expect(await surprises(300, from, (path) => nativeCeremony.contribute({ from: path, to }, {}, {}))).toEqual([]);
    let accepted = 0;
    expect(
      await surprises(200, from, async (path) => {
        const wrong = await nativeCeremony.verify({ r1cs, ptau: exact, zkey: path, scratch }, {});
        // A name is part of no hash, as in snarkjs.
        if (wrong === undefined && !(await sameButNames(path, from))) accepted++;
      }),
    ).toEqual([]);
    expect(accepted).toBe(0);
  });
  async function sameButNames(a: string, b: string): Promise<boolean> {
    const [first, second] = [await readSectionsOf(a), await readSectionsOf(b)];
    const { circuitHash, contributions } = await readZkeyContributions(a);
    const other = await readZkeyContributions(b);
    const isSame = [...second.keys()].every((type) => type === 10 || first.get(type)!.equals(second.get(type)!));
    const hashes = (list: typeof contributions): string => list.map(({ hash }) => hash).join();
    return isSame && circuitHash === other.circuitHash && hashes(contributions) === hashes(other.contributions);
  }
  it('are named in errors', async () => {
    const bytes = await readFile(exact);
    const cut = at('cut.ptau');
    await writeFile(cut, bytes.subarray(0, bytes.length - 10));
    await expect(nativeCeremony.makeInitialKey({ r1cs, ptau: cut, zkey: at('x.zkey') }, {})).rejects.toMatchObject({
      code: 'ARTIFACT_FORMAT',
      message: expect.stringContaining('the ptau file is damaged: ') as string,
      location: { file: cut },
    });
    const none = at('none.ptau');
    await expect(nativeCeremony.makeInitialKey({ r1cs, ptau: none, zkey: at('x.zkey') }, {})).rejects.toMatchObject({
      code: 'ARTIFACT_MISSING',
      location: { file: none },
    });
  });
});
