/** Every file name of an artifact directory (docs: interface). */
import { join } from 'node:path';

export const ArtifactName = {
  model: 'model.onnx',
  circuit: 'circuit.circom',
  constraints: 'circuit.r1cs',
  symbols: 'circuit.sym',
  witnessProgram: 'circuit.wasm',
  provingKey: 'circuit.zkey',
  verificationKey: 'verification_key.json',
  manifest: 'manifest.json',
} as const;
export type ArtifactName = (typeof ArtifactName)[keyof typeof ArtifactName];

/** Path of one artifact within its directory. */
export function artifactPath(dir: string, name: ArtifactName): string {
  return join(dir, name);
}

/** Where the opening of a committed statement goes: beside the proof, never in it. */
export function openingPath(proofPath: string): string {
  return proofPath.endsWith('.json') ? `${proofPath.slice(0, -5)}.opening.json` : `${proofPath}.opening.json`;
}
