/** Calldata of any statement one likes, for the generated contract of the simulated key. */
import type { Hex, Manifest } from '../../src/artifacts/types.js';
import { type CompiledContract, compileSolidity } from '../../src/chain/solc.js';
import { toHex } from '../../src/hash/bytes.js';
import { toBytesBE } from '../../src/hash/field.js';
import { generateVerifier } from '../../src/solidity/verifier.js';
import { partShape, type PublicValues, tensorBytes } from '../../src/statement/elements.js';
import { encodeProof } from '../../src/statement/proof-bytes.js';
import { buildStatement } from '../../src/statement/statement.js';
import { simulatedKey, simulateProof } from './simulated-key.js';
import { ONNX_SHA256 } from './statements.js';

export interface SimulatedInference {
  readonly input: Hex;
  readonly output: Hex;
  readonly proof: Hex;
}

/** A valid proof: that the model has this output for this input, whatever they are. */
export async function simulateInference(
  manifest: Manifest,
  context: string,
  values: PublicValues,
): Promise<SimulatedInference> {
  const layout = manifest.statement;
  const { C, r, s } = await buildStatement({ layout, modelId: manifest.modelId, context, values });
  const bytes = (part: 'input' | 'output'): Hex =>
    layout[part] === 'committed'
      ? toHex(toBytesBE(part === 'input' ? values.inputCommitment! : values.outputCommitment!))
      : toHex(tensorBytes(values[part]!, partShape(layout, part).dtype));
  return { input: bytes('input'), output: bytes('output'), proof: toHex(encodeProof(C, simulateProof([C, r, s]))) };
}

/** The contract that accepts them. */
export async function simulatedVerifier(manifest: Manifest): Promise<CompiledContract> {
  const source = generateVerifier({ manifest, verificationKey: simulatedKey(), onnxSha256: ONNX_SHA256 });
  return (await compileSolidity({ 'a.sol': source }, { viaIR: false }))['a.sol:ModelVerifier']!;
}
