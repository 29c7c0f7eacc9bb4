import { SNARK_FIELD } from '../../src/hash/field.js';

/** A constraint: [A, B, C], each a list of [wire, coefficient]. */
export type Row = readonly (readonly (readonly [number, bigint])[])[];

export interface R1csParts {
  readonly wires: number;
  readonly rows: readonly Row[];
  readonly prime?: bigint;
  readonly publicInputs?: number;
  readonly privateInputs?: number;
  /** Number of constraints that the header announces. */
  readonly count?: number;
  /** Entries of the map from wires to labels; one for each wire by default. */
  readonly labels?: number | 'none';
  /** More sections. */
  readonly more?: readonly Buffer[];
}

/** The bytes of an .r1cs file, written by hand. */
export function r1csBytes(parts: R1csParts): Buffer {
  const { wires, rows, prime = SNARK_FIELD, publicInputs = 1, privateInputs = 1, count = rows.length } = parts;
  const counts = [u32(wires), u32(0), u32(publicInputs), u32(privateInputs), u64(4), u32(count)];
  const header = Buffer.concat([u32(32), le32(prime), ...counts]);
  const terms = (list: Row[number]): Buffer[] => [
    u32(list.length),
    ...list.map(([wire, c]) => Buffer.concat([u32(wire), le32(c)])),
  ];
  const constraints = Buffer.concat(rows.flatMap((row) => row.flatMap(terms)));
  const { labels = wires, more = [] } = parts;
  const map = labels === 'none' ? [] : [section(3, Buffer.alloc(8 * labels))];
  const sections = [section(2, constraints), section(1, header), ...map, ...more];
  return Buffer.concat([Buffer.from('r1cs'), u32(1), u32(sections.length), ...sections]);
}

export function section(type: number, body: Buffer): Buffer {
  return Buffer.concat([u32(type), u64(body.length), body]);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function le32(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}
