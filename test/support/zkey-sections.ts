/** Sections of iden3 files, to compare and to change them. */
import { readFile } from 'node:fs/promises';

/** Every section of a file by its type: where its contents begin, and the contents themselves, which share memory with `bytes`. */
export function sectionsOf(bytes: Buffer): Map<number, Buffer> {
  const sections = new Map<number, Buffer>();
  for (let at = 12; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at + 4));
    sections.set(bytes.readUInt32LE(at), bytes.subarray(at + 12, at + 12 + length));
    at += 12 + length;
  }
  return sections;
}

/** The sections of a file, by type. */
export async function readSectionsOf(path: string): Promise<Map<number, Buffer>> {
  return sectionsOf(await readFile(path));
}
