/** What a powers-of-tau file says of itself. */
import { closeSync, openSync, readSync } from 'node:fs';

const HEADER_SECTION = 1;
/** Offset of the power within the header: after the size of an element and the modulus of BN254's base field. */
const POWER_OFFSET = 36;

/** log2 of the number of powers that a .ptau file is for. @throws Error when it is no such file. */
export function ptauPower(path) {
  const fd = openSync(path, 'r');
  try {
    const read = (length, position) => {
      const bytes = Buffer.alloc(length);
      if (readSync(fd, bytes, 0, length, position) !== length) throw new Error(`${path} ends too early`);
      return bytes;
    };
    const head = read(12, 0);
    if (head.toString('latin1', 0, 4) !== 'ptau') throw new Error(`${path} is no .ptau file`);
    let at = 12;
    for (let left = head.readUInt32LE(8); left > 0; left--) {
      const section = read(12, at);
      if (section.readUInt32LE(0) === HEADER_SECTION) return read(4, at + 12 + POWER_OFFSET).readUInt32LE(0);
      at += 12 + Number(section.readBigUInt64LE(4));
    }
    throw new Error(`${path} has no header`);
  } finally {
    closeSync(fd);
  }
}
