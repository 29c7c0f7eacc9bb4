/** The part of ffjavascript that setup and prover use; the package brings no types. */
declare module 'ffjavascript' {
  /** A prime field in WebAssembly; elements are Montgomery-form bytes, `n8` of them. */
  export interface WasmField {
    readonly n8: number;
    readonly one: Uint8Array;
    /** w[k]: a primitive root of unity of order 2^k. */
    readonly w: readonly Uint8Array[];
    /** Largest k with a root of unity of order 2^k. */
    readonly s: number;
    e(value: bigint): Uint8Array;
    toObject(element: Uint8Array): bigint;
  }
  /** Coordinates as snarkjs writes them: [x, y, z], numbers in G1 and pairs in G2. */
  export type PointObject = readonly unknown[];
  /** A curve group; points are bytes, affine (2 coordinates) or Jacobian (3), Montgomery form. */
  export interface WasmGroup {
    readonly F: { readonly n8: number };
    /** Generator, Jacobian. */
    readonly g: Uint8Array;
    fromObject(point: PointObject): Uint8Array;
    toObject(point: Uint8Array): PointObject;
    toAffine(point: Uint8Array): Uint8Array;
    timesScalar(point: Uint8Array, scalar: bigint): Uint8Array;
    add(a: Uint8Array, b: Uint8Array): Uint8Array;
    neg(point: Uint8Array): Uint8Array;
    isZero(point: Uint8Array): boolean;
    /** Whether the point satisfies the curve equation; says nothing about its subgroup. */
    isValid(point: Uint8Array): boolean;
    eq(a: Uint8Array, b: Uint8Array): boolean;
  }
  export interface WasmCurve {
    readonly name: string;
    readonly q: bigint;
    readonly r: bigint;
    readonly Fr: WasmField;
    readonly G1: WasmGroup;
    readonly G2: WasmGroup;
    readonly Gt: { toObject(element: Uint8Array): unknown };
    /** `code` is there in single-thread mode only. */
    readonly tm: { readonly code?: Uint8Array };
    pairing(g1: Uint8Array, g2: Uint8Array): Uint8Array;
    /** Whether the product of the pairings of (G1, G2) arguments is one. */
    pairingEq(...points: Uint8Array[]): Promise<boolean>;
    terminate(): Promise<void>;
  }
  /** In multi-thread mode the curve is one for the whole process, kept in `globalThis.curve_bn128`, and has worker threads. */
  export function getCurveFromName(name: 'bn128', singleThread?: boolean): Promise<WasmCurve>;
}
