/** The contracts of this package, compiled when it was built (scripts/build-contracts.mjs). */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ZkinferError } from '../errors.js';
import type { CompiledContract } from './solc.js';

/** A compiled contract, and what a block explorer needs to check it against its source. */
export interface ContractFile extends CompiledContract {
  readonly contractName: string;
  /** Path of the source in this package. */
  readonly sourceName: string;
  readonly compiler: { readonly name: 'solc'; readonly version: string; readonly settings: unknown };
  /** The compiler's metadata, as the text whose hash is in the code. */
  readonly metadata: string;
}

/** From src and from dist alike. */
const FOLDER = new URL('../../dist/contracts/', import.meta.url);

/**
 * A contract of `verifier-contracts/`, ready to be deployed.
 * @param name of the contract, such as `UniversalVerifier`
 * @throws IO when this installation has no contract of this name.
 */
export async function readContract(name: string): Promise<ContractFile> {
  const file = fileURLToPath(new URL(`${name.replace(/[^A-Za-z0-9_$]/g, '_')}.json`, FOLDER));
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ContractFile;
  } catch (cause) {
    throw new ZkinferError('IO', `there is no compiled contract ${name}`, {
      cause,
      location: { file },
      hint: 'install zkinfer again; in its repository, npm run build',
    });
  }
}
