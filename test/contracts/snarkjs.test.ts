/** The pipeline's real parts on both sides of the contract: a circuit of circom, a key and proofs of snarkjs. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as snarkjs from 'snarkjs';
import type { Hex, SnarkjsProof, VerificationKey } from '../../src/artifacts/types.js';
import { type CompiledContract, compileSolidity } from '../../src/chain/solc.js';
import { callVerifyInference, type VerifierReference } from '../../src/chain/verifier.js';
import { proofCalldata } from '../../src/solidity/calldata.js';
import { generateVerifier } from '../../src/solidity/verifier.js';
import { P } from '../support/bn254.js';
import { startTestChain, type TestChain } from '../support/chain.js';
import { simulatedKey } from '../support/simulated-key.js';
import { layoutOf, manifestOf, ONNX_SHA256, provenStatement, tensor } from '../support/statements.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../support/fixtures/toy/${name}`, import.meta.url));
const verificationKey = JSON.parse(readFileSync(fixture('verification_key.json'), 'utf8')) as VerificationKey;
const CONTEXT: Hex = `0x${'0a'.repeat(32)}`;

const manifest = manifestOf(
  layoutOf({ output: 'committed', inputs: [tensor('x', 'int8', [40])], outputs: [tensor('y', 'int8', [3])] }),
  { setup: { kind: 'development' } },
);

async function prove([C, r, s]: readonly [bigint, bigint, bigint]): Promise<SnarkjsProof> {
  const product = (((C * C) % P) + r) * (s + 1n);
  const { proof } = await snarkjs.groth16.fullProve(
    { C, r, s, product: product % P },
    fixture('toy.wasm'),
    fixture('toy.zkey'),
    undefined,
    undefined,
    { singleThread: true },
  );
  return proof as unknown as SnarkjsProof;
}

let chain: TestChain;
let verifier: VerifierReference;

beforeAll(async () => {
  const source = generateVerifier({ manifest, verificationKey, onnxSha256: ONNX_SHA256, contractName: 'Toy' });
  const compiled = await compileSolidity({ 'Toy.sol': source });
  chain = await startTestChain();
  verifier = await chain.deploy(compiled['Toy.sol:Toy'] as CompiledContract);
});

afterAll(async () => {
  await chain.stop();
  // snarkjs keeps the curve, and its worker threads, for the life of the process.
  const { curve_bn128: curve } = globalThis as { curve_bn128?: { terminate(): Promise<void> } };
  await curve?.terminate();
});

it('accepts proofs of snarkjs for the statement they were made for', async () => {
  const { document } = await provenStatement(manifest, { prove, context: CONTEXT });
  const right = proofCalldata(document, manifest);
  const ask = (changes: object): Promise<boolean> =>
    callVerifyInference(chain.connection, verifier, { ...right, ...changes });
  expect(
    await snarkjs.groth16.verify(verificationKey as never, [...document.publicSignals], document.proof as never),
  ).toBe(true);
  expect(await ask({})).toBe(true);
  expect(await ask({ context: undefined })).toBe(false);
  expect(await ask({ input: `0x00${right.input.slice(4)}` })).toBe(false);
  expect(await ask({ output: `0x${'00'.repeat(31)}07` })).toBe(false);
});

it('tests with simulated proofs that snarkjs accepts too', async () => {
  const { document } = await provenStatement(manifest);
  const key = simulatedKey() as never;
  expect(await snarkjs.groth16.verify(key, [...document.publicSignals], document.proof as never)).toBe(true);
  const others = [document.publicSignals[1], document.publicSignals[0], document.publicSignals[2]];
  expect(await snarkjs.groth16.verify(key, others, document.proof as never)).toBe(false);
});
