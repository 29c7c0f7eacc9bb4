/** Code of the generated contracts of all fixture models: it has to fit a contract (EIP-170). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelFromBytes } from '../../src/api/load-model.js';
import type { StatementLayout } from '../../src/artifacts/types.js';
import { compileSolidity, type SolidityOptions } from '../../src/chain/solc.js';
import { CONTRACT_SIZE_LIMIT } from '../../src/chain/verifier.js';
import { generateVerifier } from '../../src/solidity/verifier.js';
import { FIXTURES } from '../support/golden-witness.js';
import { simulatedKey } from '../support/simulated-key.js';
import { manifestOf, ONNX_SHA256 } from '../support/statements.js';

const MODELS = readdirSync(FIXTURES).flatMap((folder) =>
  readdirSync(join(FIXTURES, folder))
    .filter((file) => /^model\..*\.onnx$/.test(file))
    .map((file) => join(folder, file)),
);

function layoutOfModel(path: string): StatementLayout {
  const { inputs, outputs } = modelFromBytes(readFileSync(join(FIXTURES, path)));
  return { input: 'public', output: 'public', inputs, outputs };
}

/** Bytes of runtime code by model; models of the same tensors share a contract. */
async function codeSizes(
  models: readonly string[],
  batch: boolean,
  options: SolidityOptions,
): Promise<[string, number][]> {
  const sources = new Map<string, string>();
  for (const path of models) {
    const manifest = manifestOf(layoutOfModel(path));
    const key = { manifest, verificationKey: simulatedKey(), onnxSha256: ONNX_SHA256 };
    const source = generateVerifier({ ...key, batch });
    if (![...sources.values()].includes(source)) sources.set(path, source);
  }
  const compiled = await compileSolidity(Object.fromEntries(sources), options);
  return Object.entries(compiled)
    .filter(([name]) => name.endsWith(':ModelVerifier'))
    .map(([name, { deployedBytecode }]) => [name.replace(/:ModelVerifier$/, ''), deployedBytecode.length / 2 - 1]);
}

it('fits for every model, and with room to spare also with batches', async () => {
  expect(MODELS.length).toBeGreaterThan(25);
  const sizes = await codeSizes(MODELS, false, { viaIR: false });
  const largest = sizes.reduce((a, b) => (b[1] > a[1] ? b : a));
  expect(largest[1]).toBeLessThan(CONTRACT_SIZE_LIMIT);
  const [[, withBatches]] = (await codeSizes([largest[0]], true, {})) as [[string, number]];
  expect(withBatches).toBeLessThan(CONTRACT_SIZE_LIMIT / 2);
});
