/** The part of circomlibjs that this room uses; the package brings no types. */
declare module 'circomlibjs' {
  /** Field arithmetic of the scalar field; elements are Montgomery-form bytes. */
  export interface PoseidonField {
    toObject(element: Uint8Array): bigint;
  }
  export interface Poseidon {
    (inputs: readonly bigint[]): Uint8Array;
    readonly F: PoseidonField;
  }
  export function buildPoseidon(): Promise<Poseidon>;
  /** Written from the definition, with the constants as published; slow. */
  export function buildPoseidonReference(): Promise<{
    (inputs: readonly bigint[], initialState: number, outputs: number): Uint8Array;
    readonly F: PoseidonField;
  }>;
}
