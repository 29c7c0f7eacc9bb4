/** Model id, challenge r and evaluation s (docs: statement, section "The three public signals"). */

import type { Hex } from '../artifacts/types.js';
import { hex32ToBytes, toHex } from '../hash/bytes.js';
import { fromBytesBE, SNARK_FIELD, toBytesBE } from '../hash/field.js';
import { keccak256 } from '../hash/keccak.js';

const MODEL_DOMAIN = keccak256(new TextEncoder().encode('zkinfer/model/1'));
const ARCHITECTURE_DOMAIN = keccak256(new TextEncoder().encode('zkinfer/architecture/1'));
const STATEMENT_DOMAIN = keccak256(new TextEncoder().encode('zkinfer/statement/1'));

/** Context of a proof that is bound to no use. */
export const ZERO_CONTEXT: Hex = `0x${'0'.repeat(64)}`;

/**
 * keccak256(keccak256("zkinfer/model/1") || sha256(model.onnx) || sha256(circuit.r1cs)).
 * @throws USAGE when a hash is not 32 bytes in hex.
 */
export function modelIdOf(onnxSha256: string, r1csSha256: string): Hex {
  return toHex(
    keccak256(
      MODEL_DOMAIN,
      hex32ToBytes(onnxSha256, 'the sha256 of the model'),
      hex32ToBytes(r1csSha256, 'the sha256 of the circuit'),
    ),
  );
}

/**
 * Id of an architecture, where the weights are committed: keccak256(keccak256("zkinfer/architecture/1") || sha256(circuit.r1cs)).
 * @throws USAGE when the hash is not 32 bytes in hex.
 */
export function architectureIdOf(r1csSha256: string): Hex {
  return toHex(keccak256(ARCHITECTURE_DOMAIN, hex32ToBytes(r1csSha256, 'the sha256 of the circuit')));
}

/**
 * r = keccak256(domain || modelId || context || C || e_1 || ... || e_n) mod p.
 * @throws USAGE when modelId or context is not 32 bytes in hex.
 */
export function challenge(modelId: string, context: string, commitment: bigint, elements: readonly bigint[]): bigint {
  const digest = keccak256(
    STATEMENT_DOMAIN,
    hex32ToBytes(modelId, 'the model id'),
    hex32ToBytes(context, 'the context'),
    toBytesBE(commitment),
    ...elements.map((element) => toBytesBE(element)),
  );
  return fromBytesBE(digest) % SNARK_FIELD;
}

/** s = e_1*r + e_2*r^2 + ... + e_n*r^n mod p. */
export function evaluateAt(elements: readonly bigint[], r: bigint): bigint {
  return elements.reduceRight((sum, element) => ((sum + element) * r) % SNARK_FIELD, 0n);
}
