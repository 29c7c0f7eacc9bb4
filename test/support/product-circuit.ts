import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CIRCOM = resolve('node_modules/circom2/cli.js');
const TEMPLATES = resolve('test/support/circuits/product.circom');

/** Paths of a compiled circuit. */
export interface CompiledCircuit {
  readonly folder: string;
  readonly r1cs: string;
  readonly wasm: string;
  readonly sym: string;
}

/** Makes a temporary folder; the caller removes it with `removeFolder`. */
export async function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'zkinfer-test-'));
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Compiles one of the templates of product.circom as main, with (C, r, s) public, into `folder`. */
export async function compileProduct(
  folder: string,
  template: 'PublicProduct' | 'CommittedProduct' = 'PublicProduct',
): Promise<CompiledCircuit> {
  const templates = await readFile(TEMPLATES, 'utf8');
  await writeFile(
    join(folder, `${template}.circom`),
    `${templates}\ncomponent main {public [C, r, s]} = ${template}();\n`,
  );
  await run(process.execPath, [CIRCOM, `${template}.circom`, '--r1cs', '--wasm', '--sym', '--O1'], { cwd: folder });
  return {
    folder,
    r1cs: join(folder, `${template}.r1cs`),
    wasm: join(folder, `${template}_js`, `${template}.wasm`),
    sym: join(folder, `${template}.sym`),
  };
}
