/** Writes iden3's binary files (.r1cs, .wtns) piece by piece, so that none is held whole in memory. */
import { closeSync, openSync, writeSync } from 'node:fs';

const BUFFER_BYTES = 4 * 2 ** 20;
/** Scalar field of BN254. */
export const P = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

export class SectionFile {
  #fd;
  #buffer = Buffer.alloc(BUFFER_BYTES);
  #used = 0;
  #flushed = 0;
  #sectionStart = 0;

  /** @param magic four characters. */
  constructor(path, magic, version, sections) {
    this.#fd = openSync(path, 'w');
    this.#used += this.#buffer.write(magic, 'latin1');
    this.u32(version);
    this.u32(sections);
  }

  get position() {
    return this.#flushed + this.#used;
  }

  /** Starts a section; its length is filled in by `end`. */
  begin(type) {
    this.u32(type);
    this.u64(0);
    this.#sectionStart = this.position;
  }

  end() {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(this.position - this.#sectionStart));
    this.#flush();
    writeSync(this.#fd, length, 0, 8, this.#sectionStart - 8);
  }

  u32(value) {
    this.#reserve(4);
    this.#used = this.#buffer.writeUInt32LE(value, this.#used);
  }

  u64(value) {
    this.#reserve(8);
    this.#used = this.#buffer.writeBigUInt64LE(BigInt(value), this.#used);
  }

  /** A field element, 32 bytes; negative numbers stand for their residue. */
  element(value) {
    this.#reserve(32);
    let rest = value < 0n ? value + P : value;
    for (let word = 0; word < 4; word++) {
      this.#used = this.#buffer.writeBigUInt64LE(rest & 0xffffffffffffffffn, this.#used);
      rest >>= 64n;
    }
  }

  close() {
    this.#flush();
    closeSync(this.#fd);
  }

  #reserve(bytes) {
    if (this.#used + bytes > BUFFER_BYTES) this.#flush();
  }

  #flush() {
    let at = 0;
    while (at < this.#used) at += writeSync(this.#fd, this.#buffer, at, this.#used - at, this.#flushed + at);
    this.#flushed += this.#used;
    this.#used = 0;
  }
}

/** Header section of both kinds: bytes of an element, the field's modulus. */
export function writeField(file) {
  file.u32(32);
  file.element(P);
}
