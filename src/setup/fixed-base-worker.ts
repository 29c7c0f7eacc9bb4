/**
 * Fixed-base multiplication in a worker thread. `fixedBaseWorker` is sent to the thread as text, so it uses nothing outside itself.
 *
 * Method: signed windows of c bits (digits in (-2^(c-1), 2^(c-1)]) over a table of all multiples of each window's base, affine; a scalar
 * costs one mixed addition per window. See Brickell, Gordon, McCurley, Wilson, "Fast exponentiation with precomputation" (1992).
 */

/** Sent once: what to multiply. */
export interface FixedBaseSetup {
  readonly module: WebAssembly.Module;
  readonly groups: readonly FixedBaseGroup[];
  /** Largest number of scalars in one job. */
  readonly batch: number;
}

export interface FixedBaseGroup {
  /** Prefix of the group's functions in the WebAssembly module: g1m or g2m. */
  readonly prefix: 'g1m' | 'g2m';
  /** Generator, Jacobian. */
  readonly generator: Uint8Array;
  /** Bytes of one coordinate. */
  readonly coordinateBytes: number;
  readonly windowBits: number;
}

/** Scalars, 32 bytes little-endian each, below p. */
export interface FixedBaseJob {
  readonly id: number;
  readonly group: number;
  readonly scalars: Uint8Array;
}

/** Affine points in Montgomery form, all zero for infinity. */
export interface FixedBaseResult {
  readonly id: number;
  readonly points: Uint8Array;
}

/** Number of windows that hold every scalar below 2^254 with signed digits. */
export function windowCount(windowBits: number): number {
  return Math.ceil(255 / windowBits);
}

/* istanbul ignore next: runs in another thread */
export function fixedBaseWorker(
  port: {
    on(event: 'message', listener: (message: FixedBaseJob) => void): void;
    postMessage(message: FixedBaseResult, transfer: readonly ArrayBuffer[]): void;
  },
  setup: FixedBaseSetup,
): void {
  type Call = (...parameters: number[]) => void;
  const PAGE = 65536;
  const memory = new WebAssembly.Memory({ initial: 25, maximum: 32767 });
  const { exports } = new WebAssembly.Instance(setup.module, { env: { memory } });
  const call = (name: string): Call => exports[name] as Call;

  /** Takes bytes from the module's heap, whose end is the word at address 0, and keeps room after it for the module's scratch. */
  function allocate(bytes: number, scratch: number): number {
    const heap = new Uint32Array(memory.buffer, 0, 1);
    const start = (heap[0]! + 7) & ~7;
    const pages = Math.ceil((start + bytes + scratch) / PAGE) - memory.buffer.byteLength / PAGE;
    if (pages > 0) memory.grow(pages);
    new Uint32Array(memory.buffer, 0, 1)[0] = start + bytes;
    return start;
  }

  function makeGroup(group: FixedBaseGroup) {
    const { prefix, generator, coordinateBytes, windowBits } = group;
    const affine = 2 * coordinateBytes;
    const jacobian = 3 * coordinateBytes;
    const windows = Math.ceil(255 / windowBits);
    const half = 1 << (windowBits - 1);
    const scratch = 4 * (Math.max(half, setup.batch) + 2) * coordinateBytes;
    const work = allocate(Math.max(half, setup.batch) * jacobian, scratch);
    const table = allocate(windows * half * affine, scratch);
    const base = allocate(jacobian, scratch);
    const [addMixed, subMixed, double, toAffine, batchToAffine] = [
      call(`${prefix}_addMixed`),
      call(`${prefix}_subMixed`),
      call(`${prefix}_double`),
      call(`${prefix}_toAffine`),
      call(`${prefix}_batchToAffine`),
    ];

    // Row w holds 1, 2, ..., 2^(c-1) times 2^(c w) G.
    new Uint8Array(memory.buffer).set(generator, base);
    for (let window = 0; window < windows; window++) {
      const first = table + window * half * affine;
      toAffine(base, first);
      new Uint8Array(memory.buffer).fill(0, work, work + half * jacobian);
      addMixed(work, first, work);
      for (let j = 1; j < half; j++) addMixed(work + (j - 1) * jacobian, first, work + j * jacobian);
      double(work + (half - 1) * jacobian, base);
      batchToAffine(work, half, first);
    }

    return (scalars: Uint8Array): Uint8Array => {
      const count = scalars.length / 32;
      const bytes = new Uint8Array(memory.buffer);
      bytes.fill(0, work, work + count * jacobian);
      for (let i = 0; i < count; i++) {
        const sum = work + i * jacobian;
        let carry = 0;
        for (let window = 0; window < windows; window++) {
          const bit = window * windowBits;
          const at = 32 * i + (bit >> 3);
          const last = 32 * i + 32;
          const word =
            scalars[at]! | (at + 1 < last ? scalars[at + 1]! << 8 : 0) | (at + 2 < last ? scalars[at + 2]! << 16 : 0);
          let digit = ((word >>> (bit & 7)) & (2 * half - 1)) + carry;
          carry = digit > half ? 1 : 0;
          if (carry === 1) digit -= 2 * half;
          if (digit > 0) addMixed(sum, table + (window * half + digit - 1) * affine, sum);
          else if (digit < 0) subMixed(sum, table + (window * half - digit - 1) * affine, sum);
        }
      }
      batchToAffine(work, count, work);
      return new Uint8Array(memory.buffer.slice(work, work + count * affine));
    };
  }

  const multiply: (((scalars: Uint8Array) => Uint8Array) | undefined)[] = [];
  port.on('message', ({ id, group, scalars }) => {
    const points = (multiply[group] ??= makeGroup(setup.groups[group]!))(scalars);
    port.postMessage({ id, points }, [points.buffer as ArrayBuffer]);
  });
}
