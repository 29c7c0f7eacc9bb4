/** The universal verifier on a local chain, and keys for it. */
import { Contract, type InterfaceAbi } from 'ethers';
import type { Hex, Manifest, StatementLayout } from '../../src/artifacts/types.js';
import { deployModel, registerKey } from '../../src/chain/universal.js';
import type { VerifierReference } from '../../src/chain/verifier.js';
import { encodeKeyData, type KeyData, type KeySource } from '../../src/solidity/key-data.js';
import { startTestChain, type TestChain } from './chain.js';
import { builtContracts } from './contracts.js';
import { simulatedKey } from './simulated-key.js';
import { manifestOf, ONNX_SHA256, WEIGHTS_COMMITMENT } from './statements.js';

export const CID = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy';

/** A model of these tensors, with the simulated key. */
export function keySource(layout: StatementLayout, changes: Partial<Manifest> = {}): KeySource {
  const model =
    layout.weights === 'committed' ? { weightsCommitment: WEIGHTS_COMMITMENT } : { onnxSha256: ONNX_SHA256 };
  return { manifest: manifestOf(layout, changes), verificationKey: simulatedKey(), cid: CID, ...model };
}

export interface UniversalChain {
  readonly chain: TestChain;
  readonly reference: VerifierReference;
  readonly universal: Contract;
  register(source: KeySource): Promise<KeyData>;
  /** Calls a function without sending a transaction. */
  ask<T>(method: string, ...values: readonly unknown[]): Promise<T>;
  /** The contract that stands for a key, deployed where it was not before. */
  modelOf(keyId: Hex): Promise<Contract>;
  /** A UniversalModel at any address. */
  modelAt(address: string): Contract;
}

export async function startUniversalChain(): Promise<UniversalChain> {
  const [universalFile, modelFile] = await builtContracts('UniversalVerifier', 'UniversalModel');
  const chain = await startTestChain();
  const reference = await chain.deploy(universalFile);
  const { connection } = chain;
  const universal = new Contract(reference.address, reference.abi as InterfaceAbi, await connection.signer());
  const modelAt = (address: string): Contract =>
    new Contract(address, modelFile.abi as InterfaceAbi, connection.provider);
  return {
    chain,
    reference,
    universal,
    register: async (source) => {
      const key = encodeKeyData(source);
      await registerKey(connection, reference, key);
      return key;
    },
    ask: <T>(method: string, ...values: readonly unknown[]) =>
      universal.getFunction(method).staticCall(...values) as Promise<T>,
    modelOf: async (keyId) => modelAt((await deployModel(connection, reference, keyId)).address),
    modelAt,
  };
}
