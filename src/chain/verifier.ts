/** Deploys generated verifiers and asks them about proofs. */

import { Contract, type InterfaceAbi } from 'ethers';
import type { Hex } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { chainCall, type ChainConnection } from './connection.js';
import { deployContract, type DeployableContract, type Deployment } from './deploy.js';
import type { ContractAbi } from './types.js';

export { CONTRACT_SIZE_LIMIT, type Deployment } from './deploy.js';

/** A statement and its proof as contracts take them; see proofCalldata. */
export interface InferenceArguments {
  readonly input: Hex;
  readonly output: Hex;
  readonly proof: Hex;
  /** Zero or left out: verifyInference. */
  readonly context?: Hex;
}

export interface VerifierReference {
  readonly address: string;
  readonly abi: ContractAbi;
}

/**
 * Deploys a contract without constructor arguments and waits until it is mined.
 * @throws TOOL_FAILED with what the node says.
 */
export async function deployVerifier(connection: ChainConnection, contract: DeployableContract): Promise<Deployment> {
  return deployContract(connection, contract);
}

/**
 * Asks a verifier, without a transaction, whether a proof is valid.
 * @returns false for a proof that does not show the statement
 * @throws TOOL_FAILED when the contract reverts (wrong lengths: the message names the contract's error) or does not answer.
 */
export async function callVerifyInference(
  connection: ChainConnection,
  verifier: VerifierReference,
  inference: InferenceArguments,
): Promise<boolean> {
  return chainCall(
    'the verifier gave no answer',
    async () => {
      const { method, values } = methodCall(connection, verifier, inference);
      return (await method.staticCall(...values)) as boolean;
    },
    verifier.abi,
  );
}

/**
 * Gas that a transaction with this call would take, base cost and calldata included.
 * @throws TOOL_FAILED as callVerifyInference does.
 */
export async function estimateVerifyInferenceGas(
  connection: ChainConnection,
  verifier: VerifierReference,
  inference: InferenceArguments,
): Promise<bigint> {
  return chainCall(
    'the gas cannot be estimated',
    async () => {
      const { method, values } = methodCall(connection, verifier, inference);
      return method.estimateGas(...values);
    },
    verifier.abi,
  );
}

/**
 * Sends the call as a transaction and waits until it is mined. A view function changes nothing: this is to measure gas.
 * @throws TOOL_FAILED as callVerifyInference does.
 */
export async function sendVerifyInference(
  connection: ChainConnection,
  verifier: VerifierReference,
  inference: InferenceArguments,
): Promise<{ readonly transactionHash: Hex; readonly gasUsed: bigint }> {
  const signer = await connection.signer();
  return chainCall(
    'the transaction failed',
    async () => {
      const { method, values } = methodCall(connection, verifier, inference);
      const request = await method.populateTransaction(...values);
      const receipt = await (await signer.sendTransaction(request)).wait();
      if (receipt === null) throw new ZkinferError('TOOL_FAILED', 'the node gave no receipt');
      return { transactionHash: receipt.hash as Hex, gasUsed: receipt.gasUsed };
    },
    verifier.abi,
  );
}

function methodCall(connection: ChainConnection, verifier: VerifierReference, inference: InferenceArguments) {
  const contract = new Contract(verifier.address, verifier.abi as InterfaceAbi, connection.provider);
  const { input, output, proof, context } = inference;
  const bound = context !== undefined && BigInt(context) !== 0n;
  return {
    method: contract.getFunction(bound ? 'verifyInferenceFor' : 'verifyInference'),
    values: bound ? [context, input, output, proof] : [input, output, proof],
  };
}
