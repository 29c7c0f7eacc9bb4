/** Models as tokens: ModelRegistry. */

import type { Hex, Visibility } from '../artifacts/types.js';
import { contractCall, type ContractCall, eventArguments, type SentCall } from './calls.js';
import type { ChainConnection } from './connection.js';
import { readContract } from './contract-files.js';
import type { ContractReference } from './types.js';
import { parseAddress, readText, readView } from './views.js';

/** A model as its token tells; see IModelRegistry. */
export interface RegisteredModel {
  readonly token: bigint;
  readonly owner: Hex;
  readonly verifier: Hex;
  readonly modelId: Hex;
  /** Names the verification key and everything about the model, if the verifier tells the truth. */
  readonly keyId: Hex;
  /** Zero where the weights are fixed. */
  readonly weightsCommitment: Hex;
  /** Wei per inference. */
  readonly licenseFee: bigint;
  /** Whoever ran the setup may forge proofs. */
  readonly developmentKey: boolean;
  readonly input: Visibility;
  readonly output: Visibility;
  readonly inputLength: number;
  readonly outputLength: number;
  readonly metadataUri: string;
}

export interface Registration {
  /** Contract that accepts the model's proofs. */
  readonly verifier: string;
  /** Wei per inference to the owner. Default: none. */
  readonly licenseFee?: bigint;
  /** Of a document about the model. */
  readonly metadataUri?: string;
  /** Accept a verifier whose proofs can be forged by whoever made its key. */
  readonly allowDevelopmentKey?: boolean;
}

/** A registry by its address. @throws USAGE for what is no address, IO */
export async function registryAt(address: string): Promise<ContractReference> {
  const { abi } = await readContract('ModelRegistry');
  return { address: parseAddress(address, 'the registry'), abi };
}

export function registerCall(registry: ContractReference, registration: Registration): ContractCall {
  const { verifier, licenseFee = 0n, metadataUri = '', allowDevelopmentKey = false } = registration;
  return contractCall('registration', registry, 'register', [
    parseAddress(verifier, 'the verifier'),
    licenseFee,
    metadataUri,
    allowDevelopmentKey,
  ]);
}

/** The token that a registration gave. */
export function registeredToken(sent: SentCall): bigint {
  return eventArguments(sent, 'ModelRegistered').tokenId as bigint;
}

export function setLicenseFeeCall(registry: ContractReference, token: bigint, licenseFee: bigint): ContractCall {
  return contractCall('change of the license fee', registry, 'setLicenseFee', [token, licenseFee]);
}

/** @throws TOOL_FAILED naming ERC721NonexistentToken where there is no such token */
export async function readModel(
  connection: ChainConnection,
  registry: ContractReference,
  token: bigint,
): Promise<RegisteredModel> {
  const [model, owner, metadataUri] = await Promise.all([
    readView(connection, registry, 'model', [token]),
    readView(connection, registry, 'ownerOf', [token]),
    readText(connection, registry.address, 'tokenURI(uint256)', [token]),
  ]);
  const entry = model as {
    readonly [K in 'verifier' | 'modelId' | 'keyId' | 'weightsCommitment']: Hex;
  } & {
    readonly [K in 'licenseFee' | 'inputVisibility' | 'outputVisibility' | 'inputLength' | 'outputLength']: bigint;
  } & {
    readonly developmentKey: boolean;
  };
  const visibility = (value: bigint): Visibility => (value === 0n ? 'public' : 'committed');
  return {
    token,
    owner: owner as Hex,
    verifier: entry.verifier,
    modelId: entry.modelId,
    keyId: entry.keyId,
    weightsCommitment: entry.weightsCommitment,
    licenseFee: entry.licenseFee,
    developmentKey: entry.developmentKey,
    input: visibility(entry.inputVisibility),
    output: visibility(entry.outputVisibility),
    inputLength: Number(entry.inputLength),
    outputLength: Number(entry.outputLength),
    metadataUri: metadataUri ?? '',
  };
}
