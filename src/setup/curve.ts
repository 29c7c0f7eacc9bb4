/** BN254 in WebAssembly: one instance without threads for small sums, and the end of the one with threads that snarkjs makes. */

import { getCurveFromName, type WasmCurve } from 'ffjavascript';
// circomlibjs must be loaded before any curve is made: see the note there.
import '../hash/poseidon.js';

let local: Promise<WasmCurve> | undefined;

/** BN254 on the calling thread: no worker threads, nothing to terminate. */
export function localCurve(): Promise<WasmCurve> {
  local ??= getCurveFromName('bn128', true);
  return local;
}

/**
 * Stops the worker threads that snarkjs keeps for proving, so that a process can end. Call it when no proof or setup is under way; later
 * proofs start new threads.
 */
export async function terminateCurves(): Promise<void> {
  const threads = (globalThis as { curve_bn128?: WasmCurve | null }).curve_bn128;
  await threads?.terminate();
}
