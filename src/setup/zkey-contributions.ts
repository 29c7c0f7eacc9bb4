/** The contributions that a .zkey names: section 10 (zkey_utils.js of snarkjs). */

import { BinaryReader } from '../circom/iden3-file.js';
import { withSections } from '../circom/iden3-sections.js';
import type { ZkinferError } from '../errors.js';
import { blake2b512 } from '../hash/blake2b.js';
import { BASE_FIELD } from '../statement/proof-bytes.js';
import { readParameters, type CeremonyContribution } from './contributions.js';

export interface ZkeyContributions {
  /** Of circuit and ptau file, lower-case hex, 64 bytes: the same for all contributions. */
  readonly circuitHash: string;
  readonly contributions: readonly CeremonyContribution[];
}

const SECTION = 10;
const COORDINATE = 32;
/** Coordinates of a point: G1, G2. */
const [G1, G2] = [2, 4];
const R = 1n << 256n;
const MOST_BYTES = 1 << 26;

/**
 * Reads what contributions a proving key has; their proofs are not checked.
 * @param source a path, or the file's bytes.
 * @throws ARTIFACT_MISSING, IO; ARTIFACT_FORMAT when the file is damaged, cut, or of another kind.
 */
export async function readZkeyContributions(
  source: string | Uint8Array,
  name = 'circuit.zkey',
): Promise<ZkeyContributions> {
  return withSections(source, { magic: 'zkey', name }, async (file) => {
    const extent = file.sections.get(SECTION);
    if (extent === undefined || extent.length > MOST_BYTES) throw file.fail('its contributions are missing');
    const reader = new BinaryReader(await file.read(extent), file.fail);
    const circuitHash = Buffer.from(reader.latin1(64), 'latin1').toString('hex');
    const contributions: CeremonyContribution[] = [];
    for (let left = reader.u32(); left > 0; left--) contributions.push(readContribution(reader, file.fail));
    if (reader.remaining !== 0) throw file.fail('its contributions are followed by other bytes');
    return { circuitHash, contributions };
  });
}

function readContribution(reader: BinaryReader, fail: (what: string) => ZkinferError): CeremonyContribution {
  const hash = blake2b512();
  // delta G1 after it, s G1, s x G1, x P in G2.
  for (const coordinates of [G1, G1, G1, G2]) hash.update(uncompressed(reader, coordinates));
  hash.update(Buffer.from(reader.latin1(64), 'latin1'));
  return { ...readParameters(reader, fail), hash: hash.digest('hex') };
}

/** A point as snarkjs hashes it: big-endian integers, the part of u first; the file has Montgomery form, little endian. */
function uncompressed(reader: BinaryReader, coordinates: number): Buffer {
  const values = Array.from({ length: coordinates }, () => (reader.bigint(COORDINATE) * INVERSE_R) % BASE_FIELD);
  const ordered = coordinates === G2 ? [values[1]!, values[0]!, values[3]!, values[2]!] : values;
  return Buffer.from(ordered.map((value) => value.toString(16).padStart(2 * COORDINATE, '0')).join(''), 'hex');
}

/** 1/R mod q by Euclid's algorithm. */
const INVERSE_R = (() => {
  let [a, b, x, y] = [BASE_FIELD, R % BASE_FIELD, 0n, 1n];
  while (b !== 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  return ((x % BASE_FIELD) + BASE_FIELD) % BASE_FIELD;
})();
