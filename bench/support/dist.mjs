/** The built library's modules, inner ones too: benchmarks measure parts that the public face does not show. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DIST = new URL('../../dist/', import.meta.url);

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Whether dist has this module, say `prover/native-backend.js`. */
export function isBuilt(module) {
  return existsSync(new URL(module, DIST));
}

/** A module of dist. */
export async function fromDist(module) {
  if (!isBuilt(module)) throw new Error(`dist/${module} is missing: run \`npm run build\` first`);
  return import(new URL(module, DIST).href);
}
