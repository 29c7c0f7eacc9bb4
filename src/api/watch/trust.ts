/** Whether a prover may put a stake on a token: its verifier must be one that accepts right proofs. */
import type { RegisteredModel } from '../../chain/registry.js';

/** What speaks against a token; nothing where its verifier is what this installation makes of the model. */
export async function verifierObjection(registered: RegisteredModel): Promise<string | undefined> {
  return `the verifier ${registered.verifier} is not known`;
}
