/** The verifier of an artifact directory, compiled; and whether a contract on a chain is it. */
import type { Hex } from '../artifacts/types.js';
import type { ChainConnection } from '../chain/connection.js';
import { readContract } from '../chain/contract-files.js';
import type { RegisteredModel } from '../chain/registry.js';
import { compileSolidity, type CompiledContract } from '../chain/solc.js';
import { parseAddress, readCode, readText, readView } from '../chain/views.js';
import { ZkinferError } from '../errors.js';
import { isCid } from '../solidity/key-data.js';
import { DEFAULT_CONTRACT_NAME, generateVerifier } from '../solidity/verifier.js';
import { exportKey, readKeySource, type KeyOptions } from './export-key.js';

export interface CompileVerifierOptions extends KeyOptions {
  /** Add `verifyBatch` and `firstInvalid`, for several proofs at once. */
  readonly batch?: boolean;
}

/**
 * The contract that accepts proofs of an artifact directory's model, ready to be deployed.
 *
 * @throws as exportVerifier; TOOL_FAILED without the optional package `solc`
 */
export async function compileVerifier(dir: string, options: CompileVerifierOptions = {}): Promise<CompiledContract> {
  const { batch = false } = options;
  const source = generateVerifier({ ...(await readKeySource(dir, options)), batch });
  const file = `${DEFAULT_CONTRACT_NAME}.sol`;
  return (await compileSolidity({ [file]: source }))[`${file}:${DEFAULT_CONTRACT_NAME}`]!;
}

export interface VerifierCheck {
  /** Of a registered model, or any other contract that says it is the verifier of the directory's model. */
  readonly verifier: string;
  /** Artifact directory with keys. */
  readonly dir: string;
  /** Where the weights are committed. */
  readonly weightsCommitment?: Hex;
  /** A universal verifier that the caller trusts. */
  readonly universal?: string;
}

/**
 * What speaks against relying on a verifier: on its refusing every wrong proof of the directory's model and key, and accepting every right
 * one. Model ids do not tell, since anyone can make a verifier of a key of their own for any model.
 *
 * @returns nothing where the verifier is a model of the trusted universal verifier, or has the code that this installation makes for
 *   the directory with the installed version of `solc`
 * @throws as exportKey for the directory; TOOL_FAILED when the chain does not answer
 */
export async function verifierObjection(
  connection: ChainConnection,
  check: VerifierCheck,
): Promise<string | undefined> {
  const { dir, verifier, weightsCommitment, universal } = check;
  // What it says is used to make the code that it should have, no more: it may be anybody's.
  const cid = await readText(connection, verifier, 'modelCid()');
  if (cid === undefined || (cid !== '' && !isCid(cid))) {
    return `its verifier ${verifier} is none of zkinfer's: it tells no CID`;
  }
  const key: KeyOptions = {
    allowDevelopmentKey: true,
    ...(cid === '' ? {} : { cid }),
    ...(weightsCommitment === undefined ? {} : { weightsCommitment }),
  };
  try {
    if (universal !== undefined && (await modelAddress(connection, universal, dir, key)) === parseAddress(verifier)) {
      return undefined;
    }
    const code = withoutMetadata(await readCode(connection, verifier));
    for (const batch of [false, true]) {
      if (withoutMetadata((await compileVerifier(dir, { ...key, batch })).deployedBytecode) === code) return undefined;
    }
  } catch (error) {
    if (!(error instanceof ZkinferError) || error.code !== 'TOOL_FAILED' || !/\bsolc\b/.test(error.message))
      throw error;
    return `its verifier ${verifier} cannot be checked: ${error.message}`;
  }
  return `its verifier ${verifier} is not what this installation makes for ${dir}`;
}

/** Whether a token is the model of a directory; nothing speaks about its verifier. */
export function isModelOf(
  registered: RegisteredModel,
  { modelId, weightsCommitment = NO_COMMITMENT }: { readonly modelId: Hex; readonly weightsCommitment?: Hex },
): boolean {
  return registered.modelId === modelId && registered.weightsCommitment === weightsCommitment;
}

const NO_COMMITMENT: Hex = `0x${'0'.repeat(64)}`;

async function modelAddress(
  connection: ChainConnection,
  universal: string,
  dir: string,
  key: KeyOptions,
): Promise<string> {
  const { abi } = await readContract('UniversalVerifier');
  const { keyId } = await exportKey(dir, key);
  return (await readView(connection, { address: universal, abi }, 'modelAddress', [keyId])) as string;
}

/** Without the hash of names and comments that compilers put behind the code: CBOR, its length in the last two bytes. */
function withoutMetadata(code: string): string {
  const length = 2 * (Number.parseInt(code.slice(-4), 16) + 2);
  return length > 0 && length < code.length ? code.slice(0, -length) : code;
}
