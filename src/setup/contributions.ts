/** What contributions to .ptau and .zkey files say of themselves (powersoftau_utils.js, zkey_utils.js of snarkjs). */

import type { BinaryReader } from '../circom/iden3-file.js';
import { ZkinferError } from '../errors.js';

/** One contribution to a ceremony. */
export interface CeremonyContribution {
  /** Absent where the contributor gave none. */
  readonly name?: string;
  /**
   * Lower-case hex, 64 bytes. For a key, of the contribution: what its contributor should publish. For powers of tau, of the file after it, which
   * is the challenge of the next one.
   */
  readonly hash: string;
  /** Present where a public value decided everything. */
  readonly beacon?: Beacon;
}

export interface Beacon {
  /** Lower-case hex. */
  readonly value: string;
  /** SHA-256 is applied 2^iterationsExponent times. */
  readonly iterationsExponent: number;
}

/** Characters of a name that files can hold. */
const NAME_LENGTH = 64;
const BEACON_BYTES = 255;
const [LEAST_EXPONENT, LARGEST_EXPONENT] = [10, 63];

/** @throws USAGE when a name is too long. */
export function assertName(name: string): void {
  if (name.length <= NAME_LENGTH) return;
  throw new ZkinferError('USAGE', `the name of a contribution has at most ${NAME_LENGTH} characters`);
}

/** @throws USAGE when the value is no hex or too long, or the exponent is out of range. */
export function assertBeacon({ value, iterationsExponent }: Beacon): void {
  if (!/^([0-9a-f]{2})+$/.test(value) || value.length > 2 * BEACON_BYTES) {
    throw new ZkinferError('USAGE', `a beacon is 1 to ${BEACON_BYTES} bytes in hex`);
  }
  const isExponent = Number.isInteger(iterationsExponent);
  if (isExponent && iterationsExponent >= LEAST_EXPONENT && iterationsExponent <= LARGEST_EXPONENT) return;
  throw new ZkinferError(
    'USAGE',
    `the exponent of a beacon's iterations is an integer from ${LEAST_EXPONENT} to ${LARGEST_EXPONENT}`,
  );
}

/** Contributions cannot make good a key whose alpha, beta and tau someone knew. */
export function refusedDevelopmentKey(): ZkinferError {
  return new ZkinferError(
    'KEY_UNSAFE',
    'a development key takes no contributions: whoever made it can forge proofs for ever',
    { hint: 'make a key with `zkinfer setup DIR --ptau FILE`' },
  );
}

/**
 * Reads the kind and the parameters that end a contribution.
 * @throws ARTIFACT_FORMAT by `fail`.
 */
export function readParameters(
  reader: BinaryReader,
  fail: (what: string) => ZkinferError,
): Pick<CeremonyContribution, 'name' | 'beacon'> {
  const kind = reader.u32();
  if (kind > 1) throw fail('a contribution is of an unknown kind');
  const end = reader.position + reader.u32() + 4;
  let name: string | undefined;
  let value: string | undefined;
  let iterationsExponent = 0;
  for (let last = 0; reader.position < end;) {
    const type = byte(reader);
    if (type <= last || type > 3) throw fail('the parameters of a contribution are not understood');
    last = type;
    if (type === 1) name = Buffer.from(reader.latin1(byte(reader)), 'latin1').toString('utf8');
    if (type === 2) iterationsExponent = byte(reader);
    if (iterationsExponent > LARGEST_EXPONENT) throw fail('a beacon has too many iterations');
    if (type === 3) value = Buffer.from(reader.latin1(byte(reader)), 'latin1').toString('hex');
  }
  if (reader.position !== end) throw fail('the parameters of a contribution have another length');
  if ((kind === 1) !== (value !== undefined)) throw fail('a contribution is of another kind than its parameters');
  return {
    ...(name === undefined ? {} : { name }),
    ...(value === undefined ? {} : { beacon: { value, iterationsExponent } }),
  };
}

function byte(reader: BinaryReader): number {
  return reader.latin1(1).charCodeAt(0);
}
