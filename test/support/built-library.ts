/** The library as it is built: what runs modules of its own in worker threads, which do not read TypeScript. */
import type * as library from '../../src/index.js';
import { ensureBuilt } from './built-cli.js';

export async function builtLibrary(): Promise<typeof library> {
  ensureBuilt();
  return (await import(new URL('../../dist/index.js', import.meta.url).pathname)) as typeof library;
}
