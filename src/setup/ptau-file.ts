/** What a powers-of-tau file says of itself (powersoftau_utils.js of snarkjs). */

import { BinaryReader } from '../circom/iden3-file.js';
import { withSections, type SectionFile } from '../circom/iden3-sections.js';
import { ZkinferError } from '../errors.js';
import { BASE_FIELD } from '../statement/proof-bytes.js';
import { readParameters, type CeremonyContribution } from './contributions.js';

export interface PtauFile {
  /** Circuits of up to 2^power rows can be set up with it. */
  readonly power: number;
  /** Of the ceremony that it was cut out of. */
  readonly ceremonyPower: number;
  /** Whether it has the Lagrange points that setups need. */
  readonly prepared: boolean;
  readonly contributions: readonly CeremonyContribution[];
  /** Whether all its contributions are of a machine that makes such files for development. */
  readonly development: boolean;
}

/** Name of the one contribution of a development file; native/ceremony/development-ptau.h has the same. */
export const DEVELOPMENT_PTAU_NAME = 'zkinfer development ptau: not for production';

/** tau G1, tau G2, alpha G1, beta G1, beta G2; a key of 6 points in G1 and 3 in G2; the state of a hash. */
const CONTRIBUTION_BYTES = 64 + 128 + 64 + 64 + 128 + 6 * 64 + 3 * 128 + 216;
const MOST_BYTES = 1 << 26;

/**
 * Reads header and contributions; their proofs are not checked.
 * @throws ARTIFACT_MISSING, IO; ARTIFACT_FORMAT when the file is damaged, cut, or of another kind.
 */
export async function readPtau(path: string): Promise<PtauFile> {
  return withSections(path, { magic: 'ptau', name: path }, async (file) => {
    const { power, ceremonyPower } = await readHeader(file);
    const contributions = await readContributions(file);
    const development = contributions.length > 0 && contributions.every(({ name }) => name === DEVELOPMENT_PTAU_NAME);
    return { power, ceremonyPower, prepared: file.sections.has(12), contributions, development };
  });
}

/** Sections of a prepared file: Lagrange points for each domain of 2^0 to 2^power elements (one more for section 12), one after the other. */
const LAGRANGE_SECTIONS: readonly (readonly [type: number, bytes: number, extraPower: number])[] = [
  [12, 64, 1],
  [13, 128, 0],
  [14, 64, 0],
  [15, 64, 0],
];

/**
 * Refuses a file that has not the points for a domain.
 * @param needed log2 of the domain.
 * @throws USAGE when it is too small or not prepared; ARTIFACT_MISSING, IO, ARTIFACT_FORMAT.
 */
export async function assertPtauFits(path: string, needed: number): Promise<void> {
  await withSections(path, { magic: 'ptau', name: path }, async (file) => {
    const { power } = await readHeader(file);
    if (power < needed) {
      throw new ZkinferError('USAGE', `the ptau file has power ${power}, the circuit needs ${needed}`, {
        location: { file: path },
        hint: `take a ptau file of power ${needed} or more`,
      });
    }
    if (!file.sections.has(12)) {
      throw new ZkinferError('USAGE', 'the ptau file is not prepared for phase 2', {
        location: { file: path },
        hint: 'run `snarkjs powersoftau prepare phase2`, or take a prepared file (named _final_)',
      });
    }
    for (const [type, bytes, extraPower] of LAGRANGE_SECTIONS) {
      const points = 2 ** (needed + 1 + extraPower) - 1;
      if ((file.sections.get(type)?.length ?? 0) < points * bytes) throw file.fail(`section ${type} is too short`);
    }
  });
}

async function readHeader(file: SectionFile): Promise<{ power: number; ceremonyPower: number }> {
  const extent = file.sections.get(1);
  if (extent?.length !== 44) throw file.fail('its header is missing');
  const reader = new BinaryReader(await file.read(extent), file.fail);
  if (reader.u32() !== 32 || reader.bigint(32) !== BASE_FIELD) throw file.fail('it is not over BN254');
  return { power: reader.u32(), ceremonyPower: reader.u32() };
}

async function readContributions(file: SectionFile): Promise<CeremonyContribution[]> {
  const extent = file.sections.get(7);
  if (extent === undefined || extent.length > MOST_BYTES) throw file.fail('its contributions are missing');
  const reader = new BinaryReader(await file.read(extent), file.fail);
  const contributions: CeremonyContribution[] = [];
  for (let left = reader.u32(); left > 0; left--) {
    reader.skip(CONTRIBUTION_BYTES);
    const hash = Buffer.from(reader.latin1(64), 'latin1').toString('hex');
    contributions.push({ ...readParameters(reader, file.fail), hash });
  }
  if (reader.remaining !== 0) throw file.fail('its contributions are followed by other bytes');
  return contributions;
}
