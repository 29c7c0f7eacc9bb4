/**
 * Circuits for benchmarks, satisfied by construction, with the statistics of a compiled model: nine wires of ten are bits, one in three of
 * them set; seven constraints of ten say that a wire is a bit; the rest are selections, products, lookups by two products of sums, sums of
 * tens (requantizations) and hundreds (convolutions) of bits, and a chain of full-size values (the statement).
 */
import { Random } from './random.mjs';
import { P, SectionFile, writeField } from './section-file.mjs';

const PUBLIC_SIGNALS = 3;
const INPUTS = 64;
/** Constraints as a share of the domain. */
export const FILL = 0.75;
/** New wires refer to these many before them, but one time in ten to any. */
const NEIGHBOURS = 512;
const HEADER_SECTION = 1;
const CONSTRAINTS_SECTION = 2;
const LABELS_SECTION = 3;

/** Kinds of constraints and their share, as measured on the fixture mnist-lenet5/qdq-s8s8-pc. */
const KINDS = [
  ['boolean', 0.72],
  ['selection', 0.124],
  ['product', 0.046],
  ['lookup', 0.035],
  ['scaling', 0.026],
  ['shortSum', 0.027],
  ['longSum', 0.011],
  ['chain', 0.011],
];

const mod = (value) => ((value % P) + P) % P;

/** Wires with their values and the constraints among them; each constraint goes to `emit` as three lists of [wire, coefficient]. */
class Builder {
  /** Value of each wire, canonical. */
  values = [1n];
  #bits = [];
  #words = [];
  #chained = 1;
  #random;
  #emit;

  constructor(seed, emit) {
    this.#random = new Random(seed);
    this.#emit = emit;
    for (let i = 0; i < PUBLIC_SIGNALS; i++) this.#wire(this.#random.bits(253));
    for (let i = 0; i < INPUTS; i++) this.#words.push(this.#wire(this.#random.bits(8)));
    for (let i = 0; i < INPUTS; i++) this.boolean();
  }

  build(count) {
    for (let left = count - INPUTS; left > 0; left--) {
      let draw = this.#random.unit();
      const [kind] = KINDS.find(([, share]) => (draw -= share) < 0) ?? KINDS[0];
      this[kind]();
    }
  }

  boolean() {
    const bit = this.#bit(this.#random.below(3) === 0);
    this.#emit(
      [
        [0, -1n],
        [bit, 1n],
      ],
      [[bit, 1n]],
      [],
    );
  }

  /** z can be set only where exactly one of two bits is. */
  selection() {
    const [x, y] = this.#distinctBits(2);
    const isFree = this.values[x] !== this.values[y];
    const z = this.#bit(isFree && this.#random.below(2) === 0);
    this.#emit(
      [
        [0, 1n],
        [x, -1n],
        [y, -1n],
      ],
      [[z, 1n]],
      [],
    );
  }

  product() {
    const other = this.#random.below(2) === 0 ? this.#bits : this.#words;
    const [x, y] = [this.#near(this.#words), this.#near(other)];
    this.#emit([[x, 1n]], [[y, 1n]], [[this.#wire(this.values[x] * this.values[y]), 1n]]);
  }

  /** A product of two sums, of which one is zero. */
  lookup() {
    const [a, b] = [this.#sum(12, 31, 16, 0.5), this.#sum(12, 31, 16, 0.1)];
    this.#emit([[0, mod(-a.value)], ...a.terms], [[0, this.#random.bits(16) + 1n], ...b.terms], []);
  }

  scaling() {
    const sum = this.#sum(12, 31, 16, 0);
    const factor = this.#near(this.#words);
    const value = sum.value * (this.values[factor] + 1n) - 3n;
    this.#emit(
      sum.terms,
      [
        [0, 1n],
        [factor, 1n],
      ],
      [
        [0, 3n],
        [this.#wire(value), 1n],
      ],
    );
  }

  shortSum() {
    this.#linear(this.#sum(12, 31, 8, 0));
  }

  longSum() {
    this.#linear(this.#sum(64, 350, 8, 0));
  }

  /** Horner's rule in the second public signal. */
  chain() {
    const input = this.#near(this.#words);
    const value = this.values[this.#chained] * this.values[2] + this.values[input];
    const next = this.#wire(value);
    this.#emit(
      [[this.#chained, 1n]],
      [[2, 1n]],
      [
        [input, -1n],
        [next, 1n],
      ],
    );
    this.#chained = next;
  }

  #linear({ terms, value }) {
    const word = this.#wire(value);
    this.#words.push(word);
    this.#emit([], [], [...terms, [word, -1n]]);
  }

  /** A combination of distinct bits with signed coefficients of `bits` bits, some of them full-size. */
  #sum(least, most, bits, largeShare) {
    const wires = this.#distinctBits(least + this.#random.below(most - least + 1));
    let value = 0n;
    const terms = wires.map((wire) => {
      const isLarge = this.#random.unit() < largeShare;
      const size = isLarge ? this.#random.bits(253) : this.#random.bits(1 + this.#random.below(bits)) + 1n;
      const coefficient = this.#random.below(2) === 0 ? size : -size;
      value += coefficient * this.values[wire];
      return [wire, coefficient];
    });
    return { terms, value: mod(value) };
  }

  #distinctBits(count) {
    const wires = new Set();
    // Few draws collide; a bounded number of them leaves a shorter list at worst.
    for (let i = 0; i < 4 * count && wires.size < count; i++) wires.add(this.#near(this.#bits));
    return [...wires].sort((a, b) => a - b);
  }

  #near(wires) {
    const span = this.#random.below(10) === 0 ? wires.length : Math.min(NEIGHBOURS, wires.length);
    return wires[wires.length - 1 - this.#random.below(span)];
  }

  #bit(isSet) {
    const wire = this.#wire(isSet ? 1n : 0n);
    this.#bits.push(wire);
    return wire;
  }

  #wire(value) {
    return this.values.push(mod(value)) - 1;
  }
}

/**
 * Writes a circuit for a domain of 2^power elements, and a witness of it.
 * @param paths `r1cs` and `wtns` to write.
 * @param seed an integer; the same gives the same files.
 * @returns numbers of constraints and wires.
 */
export function writeSynthetic(paths, { power, seed = 1 }) {
  const nConstraints = Math.floor(FILL * 2 ** power);
  const wires = countWires(nConstraints, seed);
  const file = new SectionFile(paths.r1cs, 'r1cs', 1, 3);
  file.begin(HEADER_SECTION);
  writeField(file);
  for (const count of [wires, 0, PUBLIC_SIGNALS, INPUTS]) file.u32(count);
  file.u64(wires);
  file.u32(nConstraints);
  file.end();
  file.begin(CONSTRAINTS_SECTION);
  const builder = new Builder(seed, (...matrices) => {
    for (const terms of matrices) {
      file.u32(terms.length);
      for (const [wire, coefficient] of terms) {
        file.u32(wire);
        file.element(coefficient);
      }
    }
  });
  builder.build(nConstraints);
  file.end();
  file.begin(LABELS_SECTION);
  for (let label = 0; label < wires; label++) file.u64(label);
  file.end();
  file.close();
  writeWitness(paths.wtns, builder.values);
  return { nConstraints, nWires: wires };
}

/** The header comes first, so the number of wires is counted beforehand. */
function countWires(nConstraints, seed) {
  const builder = new Builder(seed, () => undefined);
  builder.build(nConstraints);
  return builder.values.length;
}

function writeWitness(path, values) {
  const file = new SectionFile(path, 'wtns', 2, 2);
  file.begin(1);
  writeField(file);
  file.u32(values.length);
  file.end();
  file.begin(2);
  for (const value of values) file.element(value);
  file.end();
  file.close();
}
