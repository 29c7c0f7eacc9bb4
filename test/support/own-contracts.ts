/** The project's own contracts and the tests' helpers beside them, compiled as they are for users, once for all test files. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ContractFile } from '../../src/chain/contract-files.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['verifier-contracts', 'test/support/solidity'].map((folder) => join(ROOT, folder));
const OUT = join(tmpdir(), `zkinfer-contracts-${createHash('sha256').update(ROOT).digest('hex').slice(0, 16)}`);

export type OwnContracts = Readonly<Record<string, ContractFile>>;

/** By contract name. */
export function ownContracts(): OwnContracts {
  const script = join(ROOT, 'scripts/build-contracts.mjs');
  execFileSync(process.execPath, [script, '--out', OUT, ...FOLDERS], { stdio: 'pipe' });
  const files = readdirSync(OUT).filter((file) => /^\w+\.json$/.test(file));
  const read = (file: string): ContractFile => JSON.parse(readFileSync(join(OUT, file), 'utf8')) as ContractFile;
  return Object.fromEntries(files.map((file) => [file.slice(0, -'.json'.length), read(file)]));
}
