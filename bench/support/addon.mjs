/** The native addon, in the variant that is fastest here or the one that ZKINFER_NATIVE names. */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fromDist } from './dist.mjs';

/**
 * Loads the addon with its benchmarks.
 * @param path a .node file; by default the one that the install step builds.
 */
export async function loadAddon(path) {
  if (path !== undefined) return createRequire(import.meta.url)(resolve(path));
  const { nativeState, selectNativeVariant } = await fromDist('native/load.js');
  selectNativeVariant(process.env.ZKINFER_NATIVE ?? 'auto');
  const state = nativeState();
  if (!state.available) throw new Error(`native code: ${state.reason}`);
  return state.addon;
}

/** Nanoseconds of one operation of a benchmark that the addon has. */
export function runBenchmark(addon, name, n, threads) {
  return addon.bench(name, n, threads, new Int32Array(new SharedArrayBuffer(16)));
}
