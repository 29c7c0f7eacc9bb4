/** Finds and loads the native addon, in the variant that is fastest on this processor. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { ZkinferError } from '../errors.js';
import type { CpuFeatures, NativeAddon, NativeOperation } from './addon.js';

/** From slow to fast. `adx` and `ifma` exist on x86-64 only. */
export const NATIVE_VARIANTS = ['portable', 'adx', 'ifma'] as const;
export type NativeVariant = (typeof NATIVE_VARIANTS)[number];
export type NativeChoice = NativeVariant | 'auto' | 'off';

/** How to get the addon where it is not there. */
export const BUILD_HINT =
  'build it with `npm run build:native` in the package’s folder: it needs a C++20 compiler, make and Python 3';

export type NativeState =
  | {
      readonly available: true;
      readonly variant: NativeVariant;
      readonly features: CpuFeatures;
      readonly addon: NativeAddon;
    }
  | { readonly available: false; readonly reason: string; readonly hint?: string };

const RELEASE = new URL('../../native/build/Release/', import.meta.url);

let choice: NativeChoice = 'auto';
let state: NativeState | undefined;

/**
 * Chooses the variant for this thread; worker threads choose for themselves. `auto`, the default, is the fastest that the processor runs; a
 * variant that it does not run is never loaded.
 */
export function selectNativeVariant(wanted: NativeChoice): void {
  if (wanted === choice) return;
  choice = wanted;
  state = undefined;
}

/** What was chosen, for a worker thread to be told. */
export function nativeChoice(): NativeChoice {
  return choice;
}

/** The addon, loaded at the first call, or why there is none. */
export function nativeState(): NativeState {
  state ??= load(choice);
  return state;
}

/** Why the operations cannot be used; undefined where they can. */
export function missingNative(
  ...operations: readonly NativeOperation[]
): { readonly reason: string; readonly hint?: string } | undefined {
  const found = nativeState();
  if (!found.available) {
    const { reason, hint } = found;
    return { reason, ...(hint === undefined ? {} : { hint }) };
  }
  const missing = operations.filter((name) => typeof found.addon[name] !== 'function');
  if (missing.length === 0) return undefined;
  return { reason: `the addon has been built from other sources: it lacks ${missing.join(', ')}`, hint: BUILD_HINT };
}

/**
 * The addon, with at least these operations.
 * @throws TOOL_FAILED where it is not available
 */
export function requireNative(...operations: readonly NativeOperation[]): NativeAddon {
  const found = nativeState();
  const missing = missingNative(...operations);
  if (found.available && missing === undefined) return found.addon;
  const { reason, hint } = missing!;
  throw new ZkinferError('TOOL_FAILED', `native code cannot be used: ${reason}`, hint === undefined ? {} : { hint });
}

function load(wanted: NativeChoice): NativeState {
  if (wanted === 'off') return { available: false, reason: 'it is switched off' };
  const portable = loadVariant('portable');
  if (!('addon' in portable)) return { available: false, ...portable };
  const features = portable.addon.cpuFeatures();
  const runs: Readonly<Record<NativeVariant, boolean>> = {
    portable: true,
    adx: features.bmi2 && features.adx,
    ifma: features.bmi2 && features.adx && features.avx512ifma,
  };
  if (wanted !== 'auto') {
    if (!runs[wanted]) return { available: false, reason: `this processor does not run the variant ${wanted}` };
    const found = loadVariant(wanted);
    if (!('addon' in found)) return { available: false, ...found };
    return { available: true, variant: wanted, features, addon: found.addon };
  }
  for (const variant of NATIVE_VARIANTS.toReversed()) {
    const found = runs[variant] ? loadVariant(variant) : undefined;
    if (found && 'addon' in found) return { available: true, variant, features, addon: found.addon };
  }
  return { available: true, variant: 'portable', features, addon: portable.addon };
}

function loadVariant(variant: NativeVariant): { addon: NativeAddon } | { reason: string; hint: string } {
  const file = fileURLToPath(new URL(`zkinfer_${variant}.node`, RELEASE));
  if (!existsSync(file)) return { reason: 'it has not been built on this machine', hint: BUILD_HINT };
  try {
    return { addon: createRequire(import.meta.url)(file) as NativeAddon };
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { reason: `it cannot be loaded: ${line}`, hint: BUILD_HINT };
  }
}
