/** What a .zkey says of itself, and whether its parts have the sizes that go with it. */

import { withSections, type SectionFile } from '../circom/iden3-sections.js';
import { SNARK_FIELD } from '../hash/field.js';
import { BASE_FIELD } from '../statement/proof-bytes.js';
import { DEVELOPMENT_MARK } from './zkey-writer.js';

export interface ZkeyHeader {
  readonly nWires: number;
  readonly nPublic: number;
  readonly domainSize: number;
  /** Made by setupDevelopment, or a contribution to such a key. */
  readonly development: boolean;
}

const HEADER_BYTES = 84 + 3 * 64 + 3 * 128;
const G1 = 64;
const G2 = 128;

/**
 * Reads the header of a Groth16 proving key over BN254 and checks the size of every section against it.
 * @param source a path, or the file's bytes.
 * @throws ARTIFACT_MISSING, IO; ARTIFACT_FORMAT when the file is damaged, cut, or of another kind.
 */
export async function readZkeyHeader(source: string | Uint8Array, name = 'circuit.zkey'): Promise<ZkeyHeader> {
  return withSections(source, { magic: 'zkey', name }, async (file) => {
    if ((await readSection(file, 1, 4)).readUInt32LE() !== 1) throw file.fail('it is not a Groth16 key');
    const header = await readSection(file, 2, HEADER_BYTES);
    if (prime(header, 0) !== BASE_FIELD || prime(header, 36) !== SNARK_FIELD) throw file.fail('it is not over BN254');
    const [nWires, nPublic, domainSize] = [header.readUInt32LE(72), header.readUInt32LE(76), header.readUInt32LE(80)];
    if (nWires <= nPublic || (domainSize & (domainSize - 1)) !== 0 || domainSize < 2) {
      throw file.fail('its header makes no sense');
    }
    const points: readonly [number, number][] = [
      [3, (nPublic + 1) * G1],
      [5, nWires * G1],
      [6, nWires * G1],
      [7, nWires * G2],
      [8, (nWires - nPublic - 1) * G1],
      [9, domainSize * G1],
    ];
    for (const [type, length] of points) {
      if (file.sections.get(type)?.length !== length)
        throw file.fail(`section ${type} has not the length it should have`);
    }
    const coefficients = file.sections.get(4)?.length ?? 0;
    if (coefficients < 4 || (coefficients - 4) % 44 !== 0) throw file.fail('its coefficients are cut');
    return { nWires, nPublic, domainSize, development: await isMarked(file) };
  });
}

function prime(header: Buffer, at: number): bigint | undefined {
  if (header.readUInt32LE(at) !== 32) return undefined;
  return BigInt(
    `0x${Buffer.from(header.subarray(at + 4, at + 36))
      .reverse()
      .toString('hex')}`,
  );
}

async function isMarked(file: SectionFile): Promise<boolean> {
  const extent = file.sections.get(10);
  if (extent === undefined || extent.length < DEVELOPMENT_MARK.length) return false;
  return DEVELOPMENT_MARK.equals(await file.read({ start: extent.start, length: DEVELOPMENT_MARK.length }));
}

async function readSection(file: SectionFile, type: number, length: number): Promise<Buffer> {
  const extent = file.sections.get(type);
  if (extent?.length !== length) throw file.fail(`section ${type} has not the length it should have`);
  return file.read(extent);
}
