/** Contracts compiled by scripts/build-contracts.mjs, which does nothing where what it built before is still right. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ContractFile, readContract } from '../../src/chain/contract-files.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/build-contracts.mjs', import.meta.url));

/** Contracts of verifier-contracts/ as they are now, in the order of their names. */
export async function builtContracts<const Names extends readonly string[]>(
  ...names: Names
): Promise<{ [I in keyof Names]: ContractFile }> {
  execFileSync(process.execPath, [SCRIPT], { stdio: 'pipe' });
  return (await Promise.all(names.map(readContract))) as { [I in keyof Names]: ContractFile };
}
