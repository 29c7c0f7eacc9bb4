import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArtifactName } from '../artifacts/names.js';
import type { WorkOptions } from '../progress.js';
import { runCircom } from './run.js';

/** The templates, beside src/ and dist/ alike. */
export const CIRCUITS_FOLDER = fileURLToPath(new URL('../../circuits', import.meta.url));

/**
 * Compiles circom text with --O1 (the linear constraints of circuits.md stay as they are written) to circuit.circom, circuit.r1cs,
 * circuit.sym and circuit.wasm in a folder.
 * @throws TOOL_FAILED, ABORTED
 */
export async function compileCircuit(text: string, folder: string, work: WorkOptions = {}): Promise<void> {
  await writeFile(join(folder, ArtifactName.circuit), text);
  await runCircom(
    {
      folders: { circuits: CIRCUITS_FOLDER, out: folder },
      args: [`out/${ArtifactName.circuit}`, '--r1cs', '--wasm', '--sym', '--O1', '-o', 'out', '-l', 'circuits'],
    },
    work,
  );
  // circom puts the program into a folder of its own, beside JavaScript that nothing here uses.
  await rename(join(folder, 'circuit_js', 'circuit.wasm'), join(folder, ArtifactName.witnessProgram));
}
