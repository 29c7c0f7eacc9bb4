/** The project's own contracts and the tests' helpers beside them, compiled once for all test files. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CompiledContract, compileSolidity } from '../../src/chain/solc.js';

const OWN = fileURLToPath(new URL('../../verifier-contracts', import.meta.url));
const HELPERS = fileURLToPath(new URL('./solidity', import.meta.url));
const PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const CACHE = join(tmpdir(), 'zkinfer-test-contracts');

export type OwnContracts = Readonly<Record<string, CompiledContract>>;

/** By contract name. Those of OpenZeppelin are left out. */
export async function ownContracts(): Promise<OwnContracts> {
  const sources = { ...filesOf(OWN, ''), ...filesOf(HELPERS, 'test/') };
  const solc = readFileSync(join(PACKAGES, 'solc/package.json'), 'utf8');
  for (const [file, text] of Object.entries(sources)) addImports(sources, file, text);
  const key = createHash('sha256')
    .update(JSON.stringify([solc, sources]))
    .digest('hex');
  const cached = join(CACHE, `${key}.json`);
  try {
    return JSON.parse(readFileSync(cached, 'utf8')) as OwnContracts;
  } catch {
    const compiled = Object.entries(await compileSolidity(sources)).filter(([name]) => !name.startsWith('@'));
    const contracts = Object.fromEntries(compiled.map(([name, contract]) => [name.split(':')[1]!, contract]));
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(`${cached}.${process.pid}`, JSON.stringify(contracts));
    renameSync(`${cached}.${process.pid}`, cached);
    return contracts;
  }
}

function filesOf(folder: string, prefix: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sol'));
  return Object.fromEntries(files.sort().map((file) => [prefix + file, readFileSync(join(folder, file), 'utf8')]));
}

function addImports(sources: Record<string, string>, file: string, text: string): void {
  for (const [, name = ''] of text.matchAll(/^import [^;]*"([^"]+)";/gm)) {
    const path = name.startsWith('.') ? posix.join(dirname(file), name) : name;
    if (path in sources) continue;
    sources[path] = readFileSync(join(PACKAGES, path), 'utf8');
    addImports(sources, path, sources[path]);
  }
}
