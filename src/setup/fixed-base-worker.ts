/**
 * Fixed-base multiplication in a worker thread. `fixedBaseWorker` is sent to the thread as text, so it uses nothing outside itself.
 *
 * Method: signed windows of c bits (digits in (-2^(c-1), 2^(c-1)]) over a table of all multiples of each window's base; a scalar costs one
 * addition per window, affine and batched over many scalars so that they share an inversion. See Brickell, Gordon, McCurley, Wilson,
 * "Fast exponentiation with precomputation" (1992).
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
  type Call = (...parameters: number[]) => number;
  const PAGE = 65536;
  const memory = new WebAssembly.Memory({ initial: 25, maximum: 32767 });
  const { exports } = new WebAssembly.Instance(setup.module, { env: { memory } });
  const call = (name: string): Call => exports[name] as Call;

  /** Takes bytes from the module's heap, whose end is the word at address 0, and keeps room after it for the module's scratch. */
  function allocate(bytes: number, scratch: number): number {
    const start = (new Uint32Array(memory.buffer, 0, 1)[0]! + 7) & ~7;
    const pages = Math.ceil((start + bytes + scratch) / PAGE) - memory.buffer.byteLength / PAGE;
    if (pages > 0) memory.grow(pages);
    new Uint32Array(memory.buffer, 0, 1)[0] = start + bytes;
    return start;
  }

  /**
   * Additions of affine points, `capacity` at a time, that share one field inversion (Montgomery's trick). Points are addresses;
   * an odd address in `q` stands for the negative of the point at the even one below it.
   */
  function makeAdder({ prefix, coordinateBytes: size }: FixedBaseGroup, capacity: number) {
    const field = prefix === 'g1m' ? 'f1m' : 'f2m';
    const [sub, mul, square, neg] = ['sub', 'mul', 'square', 'neg'].map((name) => call(`${field}_${name}`)) as [
      Call,
      Call,
      Call,
      Call,
    ];
    const [copy, isZero, batchInverse] = ['copy', 'isZero', 'batchInverse'].map((name) => call(`${field}_${name}`)) as [
      Call,
      Call,
      Call,
    ];
    const [addAffine, toAffine] = [call(`${prefix}_addAffine`), call(`${prefix}_toAffine`)];
    const scratch = 2 * (capacity + 2) * size;
    const denominators = allocate(capacity * size, scratch);
    const inverses = allocate(capacity * size, scratch);
    const slope = allocate(8 * size, scratch);
    const [x, t, point, jacobian] = [slope + size, slope + 2 * size, slope + 3 * size, slope + 5 * size] as const;
    const [left, right, target] = [new Uint32Array(capacity), new Uint32Array(capacity), new Uint32Array(capacity)];
    let count = 0;

    function copyPoint(q: number, to: number): void {
      copy(q & ~1, to);
      if (q & 1) neg((q & ~1) + size, to + size);
      else copy(q + size, to + size);
    }

    /** Plans to = p + q, neither of them infinity. Where their x agree the sum is made at once; it may be infinity, which is all zero. */
    function plan(p: number, q: number, to: number): void {
      const denominator = denominators + count * size;
      sub(q & ~1, p, denominator);
      if (isZero(denominator)) {
        copyPoint(q, point);
        addAffine(p, point, jacobian);
        toAffine(jacobian, to);
      } else {
        left[count] = p;
        right[count] = q;
        target[count] = to;
        count++;
      }
    }

    /** Makes all planned sums. */
    function run(): void {
      batchInverse(denominators, size, count, inverses, size);
      for (let k = 0; k < count; k++) {
        const p = left[k]!;
        const q = right[k]! & ~1;
        const to = target[k]!;
        if (right[k]! & 1) {
          neg(q + size, t);
          sub(t, p + size, t);
        } else {
          sub(q + size, p + size, t);
        }
        mul(t, inverses + k * size, slope);
        square(slope, x);
        sub(x, p, x);
        sub(x, q, x);
        sub(p, x, t);
        mul(t, slope, t);
        sub(t, p + size, to + size);
        copy(x, to);
      }
      count = 0;
    }
    return { plan, run, copyPoint };
  }

  /** Row w holds 1, 2, ..., 2^(c-1) times 2^(c w) G: each doubled stretch of a row is the stretch before plus its last point. */
  function fillTable(group: FixedBaseGroup, table: number, windows: number, half: number): void {
    const { plan, run } = makeAdder(group, setup.batch);
    const affine = 2 * group.coordinateBytes;
    const first = allocate(3 * group.coordinateBytes, 0);
    new Uint8Array(memory.buffer).set(group.generator, first);
    call(`${group.prefix}_toAffine`)(first, table);
    for (let window = 0; window < windows; window++) {
      const row = table + window * half * affine;
      for (let filled = 1; filled < half; filled *= 2) {
        const last = row + (filled - 1) * affine;
        for (let j = 0; j < filled; j++) {
          plan(last, row + j * affine, row + (filled + j) * affine);
          if (j % setup.batch === setup.batch - 1) run();
        }
        run();
      }
      if (window + 1 === windows) return;
      const end = row + (half - 1) * affine;
      plan(end, end, row + half * affine); // 2 * 2^(c-1) * 2^(c w) G begins the next row
    }
  }

  function makeGroup(group: FixedBaseGroup) {
    const { coordinateBytes, windowBits } = group;
    const affine = 2 * coordinateBytes;
    const windows = Math.ceil(255 / windowBits);
    const half = 1 << (windowBits - 1);
    const table = allocate(windows * half * affine, 0);
    const sums = allocate(setup.batch * affine, 0);
    fillTable(group, table, windows, half);
    const { plan, run, copyPoint } = makeAdder(group, setup.batch);
    const isInfinity = call(`${group.prefix}_isZeroAffine`);

    return (scalars: Uint8Array): Uint8Array => {
      const count = scalars.length / 32;
      const carries = new Uint8Array(count);
      new Uint8Array(memory.buffer).fill(0, sums, sums + count * affine);
      for (let window = 0; window < windows; window++) {
        const bit = window * windowBits;
        const byte = bit >> 3;
        for (let i = 0; i < count; i++) {
          const at = 32 * i + byte;
          const word =
            scalars[at]! | (byte < 31 ? scalars[at + 1]! << 8 : 0) | (byte < 30 ? scalars[at + 2]! << 16 : 0);
          let digit = ((word >>> (bit & 7)) & (2 * half - 1)) + carries[i]!;
          carries[i] = digit > half ? 1 : 0;
          if (digit > half) digit -= 2 * half;
          if (digit === 0) continue;
          const sum = sums + i * affine;
          const addend = table + (window * half + Math.abs(digit) - 1) * affine + (digit < 0 ? 1 : 0);
          if (isInfinity(sum)) copyPoint(addend, sum);
          else plan(sum, addend, sum);
        }
        run();
      }
      return new Uint8Array(memory.buffer.slice(sums, sums + count * affine));
    };
  }

  const multiply: (((scalars: Uint8Array) => Uint8Array) | undefined)[] = [];
  port.on('message', ({ id, group, scalars }) => {
    const points = (multiply[group] ??= makeGroup(setup.groups[group]!))(scalars);
    port.postMessage({ id, points }, [points.buffer as ArrayBuffer]);
  });
}
