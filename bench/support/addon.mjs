/** The native addon as the package's install step builds it. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { ROOT } from './dist.mjs';

/**
 * Loads the addon with its benchmark entry point, `bench(name, n, threads)`: nanoseconds an operation.
 * @param path the .node file; by default the one in build/Release.
 */
export async function loadAddon(path) {
  const file = path ?? builtAddon();
  const addon = createRequire(import.meta.url)(resolve(file));
  if (typeof addon.bench !== 'function') throw new Error(`${file} has no benchmark entry point`);
  return addon;
}

function builtAddon() {
  const folder = join(ROOT, 'build', 'Release');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.node')) : [];
  if (names.length === 0)
    throw new Error('the native addon is not built: run `npm install`, or name it with --addon FILE');
  return join(folder, names[0]);
}
