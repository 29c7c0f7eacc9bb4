/** What the native addon gives, function by function; native/addon is its other side. Arguments are not checked here: see the callers. */

/** What the processor can do. */
export interface CpuFeatures {
  readonly bmi2: boolean;
  readonly adx: boolean;
  /** AVX-512 IFMA with everything else that the variant `ifma` uses. */
  readonly avx512ifma: boolean;
}

/** A prepared proving key, shared by all threads of the process that load the same file. Freed with its last user. */
export interface NativeKey {
  readonly nWires: number;
  readonly nPublic: number;
  readonly domainPower: number;
  /** Memory that its preparation takes, beside the mapped file. */
  readonly memoryBytes: number;
  readonly bytesMapped: number;
}

export interface NativeProof {
  /** A, B, C: affine coordinates of 32 bytes, little-endian and canonical; those of B as a + bu, a first. 256 bytes. */
  readonly proof: Uint8Array;
  /** 32 bytes each, little-endian and canonical. */
  readonly publicSignals: Uint8Array;
}

/** Long operations take `control`: see work.ts. They reject with errors whose `code` is one of src/errors.ts. */
export interface NativeAddon {
  readonly variant: string;
  cpuFeatures(): CpuFeatures;
  /**
   * For processes of many threads, where the C library has arenas for each: large blocks that are freed are given back to the system from now
   * on. For the whole process.
   */
  mapLargeBlocks(): void;
  /** @param source path of a .zkey, or its bytes, which are copied */
  loadKey(source: string | Uint8Array, threads: number, control: Int32Array): Promise<NativeKey>;
  /** Gives the key up before the garbage collector would; proofs that are under way keep it. */
  releaseKey(key: NativeKey): void;
  /** @param witness a .wtns file; it is copied, and the copy is wiped */
  prove(key: NativeKey, witness: Uint8Array, threads: number, control: Int32Array): Promise<NativeProof>;
  benchNames(): string[];
  /** Nanoseconds of one of `count` operations, made on each of the threads at a time. */
  bench(name: string, count: number, threads: number, control: Int32Array): Promise<number>;
  /**
   * Writes a development key into a file that is there.
   * @param shownAs name of the key in errors
   * @returns the number of points that its last stage counts
   */
  developmentKey(r1cs: string, zkey: string, shownAs: string, threads: number, control: Int32Array): Promise<number>;
  /**
   * For tests: the same from known secrets.
   * @param secrets tau, alpha, beta, delta: 32 bytes each, little-endian and canonical
   */
  developmentKeyFromSecrets(
    r1cs: string,
    zkey: string,
    shownAs: string,
    secrets: Uint8Array,
    threads: number,
    control: Int32Array,
  ): Promise<number>;
  /** Writes a powers-of-tau file for development. @param shownAs its name in errors */
  developmentPtau(power: number, ptau: string, shownAs: string, threads: number, control: Int32Array): Promise<void>;
  /** Writes the key of a circuit before all contributions. Errors about files begin with their paths. */
  initialKey(
    r1cs: string,
    ptau: string,
    zkey: string,
    shownAs: string,
    threads: number,
    control: Int32Array,
  ): Promise<void>;
  /**
   * Writes a key with one contribution more.
   * @param beacon its value, at most 255 bytes; empty for none
   * @returns hash of the contribution
   */
  contribute(
    from: string,
    to: string,
    shownAs: string,
    name: string,
    beacon: Uint8Array,
    iterationsExponent: number,
    threads: number,
    control: Int32Array,
  ): Promise<Uint8Array>;
  /** Checks a powers-of-tau file. @returns what is wrong, empty where nothing is */
  verifyPtau(ptau: string, threads: number, control: Int32Array): Promise<string>;
  /** Checks a key; writes `scratch`. @returns what is wrong, empty where nothing is */
  verifyKey(
    r1cs: string,
    ptau: string,
    zkey: string,
    scratch: string,
    threads: number,
    control: Int32Array,
  ): Promise<string>;
  /**
   * Whether a Groth16 proof holds; on the calling thread, in about a millisecond. False for a point outside of its group or at infinity, and
   * for numbers that are not canonical.
   * @param key alpha, beta, gamma, delta, then the points of the public signals, with coordinates as in NativeProof; prepared once
   * @param publicSignals 32 bytes each, little-endian
   * @param proof as in NativeProof
   * @throws KEY_UNSAFE, ARTIFACT_FORMAT for the key
   */
  verifyGroth16(key: Uint8Array, publicSignals: Uint8Array, proof: Uint8Array): boolean;
}

export type NativeOperation = Exclude<keyof NativeAddon, 'variant'>;
