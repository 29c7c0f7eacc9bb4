/** Deterministic random numbers for tests (mulberry32). */
export class Random {
  constructor(private state: number) {}

  /** Uniform in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Uniform integer, both ends included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  integers(count: number, min: number, max: number): number[] {
    return Array.from({ length: count }, () => this.integer(min, max));
  }

  /** Float32 between two bounds, log-uniform. */
  scale(min: number, max: number): number {
    return Math.fround(min * (max / min) ** this.next());
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(0, choices.length - 1)]!;
  }

  /** So many bytes in hex. */
  hex(length: number): `0x${string}` {
    return `0x${Buffer.from(this.integers(length, 0, 255)).toString('hex')}`;
  }
}
