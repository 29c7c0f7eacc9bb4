/** A small generator with a seed (xoshiro128**, Blackman and Vigna, https://prng.di.unimi.it), so that circuits are the same everywhere. */
export class Random {
  #state;

  constructor(seed) {
    // SplitMix32 spreads the seed over the state.
    let s = seed >>> 0;
    this.#state = Uint32Array.from({ length: 4 }, () => {
      s = (s + 0x9e3779b9) >>> 0;
      let z = Math.imul(s ^ (s >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    });
  }

  u32() {
    const s = this.#state;
    const product = Math.imul(s[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** An integer from 0 to below `bound`. */
  below(bound) {
    return Math.floor(this.unit() * bound);
  }

  /** A number from 0 to below 1. */
  unit() {
    return this.u32() / 2 ** 32;
  }

  /** An integer of `bits` bits as bigint. */
  bits(bits) {
    let value = 0n;
    for (let done = 0; done < bits; done += 32) value = (value << 32n) | BigInt(this.u32());
    return BigInt.asUintN(bits, value);
  }
}
