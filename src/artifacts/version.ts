/** Version of this package, from its package.json (two folders up, from sources and from the build alike). */
import { createRequire } from 'node:module';

export const ZKINFER_VERSION = (createRequire(import.meta.url)('../../package.json') as { version: string }).version;
