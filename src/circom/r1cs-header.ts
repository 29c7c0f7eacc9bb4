/** The counts of an .r1cs file, read without its constraints. */

import { SNARK_FIELD } from '../hash/field.js';
import { BinaryReader } from './iden3-file.js';
import { withSections } from './iden3-sections.js';
import type { R1cs } from './r1cs.js';

export type R1csCounts = Pick<R1cs, 'nWires' | 'nPubOut' | 'nPubIn' | 'nPrvIn' | 'nLabels' | 'nConstraints'>;

const HEADER_BYTES = 64;

/**
 * Reads the header of an .r1cs file over BN254's scalar field; its constraints are not looked at.
 * @throws ARTIFACT_MISSING, IO; ARTIFACT_FORMAT when the container is damaged, or over another field.
 */
export async function readR1csCounts(path: string): Promise<R1csCounts> {
  return withSections(path, { magic: 'r1cs', name: path }, async (file) => {
    const extent = file.sections.get(1);
    if (extent === undefined || extent.length < HEADER_BYTES) throw file.fail('its header is missing');
    const reader = new BinaryReader(await file.read({ start: extent.start, length: HEADER_BYTES }), file.fail);
    if (reader.u32() !== 32 || reader.bigint(32) !== SNARK_FIELD) throw file.fail('it is not over BN254');
    const [nWires, nPubOut, nPubIn, nPrvIn] = [reader.u32(), reader.u32(), reader.u32(), reader.u32()];
    return { nWires, nPubOut, nPubIn, nPrvIn, nLabels: reader.u64(), nConstraints: reader.u32() };
  });
}
