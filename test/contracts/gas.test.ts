/** What verification costs, to the unit: an image of 784 bytes and 10 outputs, both public, as mnist-lenet5 has them. */
import { readFileSync } from 'node:fs';
import { Contract, Interface, type InterfaceAbi } from 'ethers';
import type { Hex } from '../../src/artifacts/types.js';
import { type CompiledContract, compileSolidity } from '../../src/chain/solc.js';
import { deployModel, registerKey } from '../../src/chain/universal.js';
import { CONTRACT_SIZE_LIMIT, type VerifierReference } from '../../src/chain/verifier.js';
import { batchCalldata, proofCalldata } from '../../src/solidity/calldata.js';
import { encodeKeyData } from '../../src/solidity/key-data.js';
import { generateVerifier } from '../../src/solidity/verifier.js';
import { provenDocuments } from '../support/batches.js';
import { startTestChain, type TestChain } from '../support/chain.js';
import { builtContracts } from '../support/contracts.js';
import { goldenSamples } from '../support/golden-witness.js';
import { simulatedKey, simulateProof, TOXIC_WASTE } from '../support/simulated-key.js';
import { snarkjsArguments, snarkjsVerifier } from '../support/snarkjs-verifier.js';
import { layoutOf, manifestOf, ONNX_SHA256, provenStatement, tensor } from '../support/statements.js';

/** `ZKINFER_GAS=print npm test -- test/contracts/gas` prints what is measured. */
const SNAPSHOT = JSON.parse(
  readFileSync(new URL('../snapshots/verifier-gas.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, number>>;

const manifest = manifestOf(
  layoutOf({ inputs: [tensor('image', 'uint8', [1, 1, 28, 28])], outputs: [tensor('scores', 'uint8', [1, 10])] }),
);
const key = { manifest, verificationKey: simulatedKey(), onnxSha256: ONNX_SHA256 };
const { keyId, data } = encodeKeyData(key);
const IMAGES = goldenSamples('mnist-lenet5', 'qdq-u8u8');
const CONTEXT: Hex = `0x${'c0'.repeat(32)}`;

/** The statement as snarkjs would have it: every packed element is a public signal. */
const PACKED_SIGNALS = 27;
const manyWaste = { ...TOXIC_WASTE, ic: Array.from({ length: PACKED_SIGNALS + 1 }, (_, i) => 0x1_0001n + BigInt(i)) };

type Deployed = VerifierReference & { readonly gasUsed: bigint };

let chain: TestChain;
let generated: Deployed;
let batching: Deployed;
let universal: Deployed;
let snarkjs: Deployed;
let model: Hex;
const measured: Record<string, number> = {};

/** Runs a call as a transaction, expects that it answers `true`, and notes its gas. */
async function measure(name: string, to: string, calldata: string, answer = true): Promise<number> {
  const returned = await chain.connection.provider.call({ to, data: calldata });
  expect(BigInt(returned)).toBe(answer ? 1n : 0n);
  const signer = await chain.connection.signer();
  const receipt = await (await signer.sendTransaction({ to, data: calldata, gasLimit: 15_000_000 })).wait();
  const gas = Number(receipt!.gasUsed);
  measured[name] = gas;
  return gas;
}

/** Rounded: the code ends with a hash of the source, whose zeros are cheaper. */
function thousands(gas: bigint): number {
  return 1_000 * Math.round(Number(gas) / 1_000);
}

function codeBytes(contract: CompiledContract): number {
  return contract.deployedBytecode.length / 2 - 1;
}

beforeAll(async () => {
  const compiled = await compileSolidity({
    'single.sol': generateVerifier(key),
    'batch.sol': generateVerifier({ ...key, batch: true }),
    'snarkjs.sol': snarkjsVerifier(simulatedKey(manyWaste)),
  });
  const [universalFile] = await builtContracts('UniversalVerifier');
  const single = compiled['single.sol:ModelVerifier'] as CompiledContract;
  const batch = compiled['batch.sol:ModelVerifier'] as CompiledContract;
  chain = await startTestChain();
  generated = await chain.deploy(single);
  batching = await chain.deploy(batch);
  snarkjs = await chain.deploy(compiled['snarkjs.sol:Groth16Verifier'] as CompiledContract);
  universal = await chain.deploy(universalFile);
  const registered = await registerKey(chain.connection, universal, { keyId, data });
  const deployed = await deployModel(chain.connection, universal, keyId);
  model = deployed.address;
  Object.assign(measured, {
    'generated verifier, deployment': thousands(generated.gasUsed),
    'generated verifier, bytes of code': codeBytes(single),
    'generated verifier with --batch, deployment': thousands(batching.gasUsed),
    'generated verifier with --batch, bytes of code': codeBytes(batch),
    'universal verifier, deployment': thousands(universal.gasUsed),
    'universal verifier, bytes of code': codeBytes(universalFile),
    'universal verifier, registerKey': thousands(registered.gasUsed!),
    'universal verifier, deployModel': thousands(deployed.gasUsed!),
  });
  for (const contract of [single, batch, universalFile]) expect(codeBytes(contract)).toBeLessThan(CONTRACT_SIZE_LIMIT);
});

afterAll(() => chain.stop());

it('of a single proof without a context', async () => {
  const { document } = await provenStatement(manifest);
  const plain = await measure('single, generated', generated.address, proofCalldata(document, manifest).calldata);
  expect(plain).toBeLessThanOrEqual(250_000);
  const tampered = { ...document, output: document.output!.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) };
  await measure('single, generated, refused', generated.address, proofCalldata(tampered, manifest).calldata, false);
  const call = proofCalldata(document, manifest, { keyId }).calldata;
  expect(await measure('single, universal', universal.address, call)).toBeLessThanOrEqual(plain + 8_000);
});

it.each(['random', 'MNIST'])('of a single proof with a context, %s image', async (images) => {
  const values = images === 'MNIST' ? { values: IMAGES[0]! } : {};
  const { document } = await provenStatement(manifest, { context: CONTEXT, ...values });
  const own = proofCalldata(document, manifest).calldata;
  const plain = await measure(`single with a context, ${images}, generated`, generated.address, own);
  const shared = proofCalldata(document, manifest, { keyId }).calldata;
  const universally = await measure(`single with a context, ${images}, universal`, universal.address, shared);
  expect(universally).toBeLessThanOrEqual(plain + 8_000);
  await measure(`single with a context, ${images}, model of the universal verifier`, model, own);
});

it('of the verifier of snarkjs for the packed elements of the same statement', async () => {
  const { statement } = await provenStatement(manifest);
  expect(statement.elements).toHaveLength(PACKED_SIGNALS);
  const proof = simulateProof(statement.elements, manyWaste);
  const calldata = new Interface(snarkjs.abi as InterfaceAbi).encodeFunctionData(
    'verifyProof',
    snarkjsArguments(proof, statement.elements),
  );
  const gas = await measure('single, snarkjs with 27 packed signals', snarkjs.address, calldata);
  expect(gas).toBeGreaterThan(1.5 * measured['single, generated']!);
});

it.each([
  [16, 'MNIST', 75_000],
  [64, 'MNIST', 65_000],
  [16, 'random', 81_000],
  [64, 'random', 72_000],
] as const)('of a batch of %i, %s images', async (count, images, limit) => {
  const documents = await provenDocuments(manifest, count, images === 'MNIST' ? { samples: IMAGES } : {});
  const own = batchCalldata(documents, manifest).calldata;
  const shared = batchCalldata(documents, manifest, { keyId }).calldata;
  for (const [name, to, calldata] of [
    ['generated', batching.address, own],
    ['universal', universal.address, shared],
  ] as const) {
    const gas = await measure(`batch of ${count}, ${images}, ${name}`, to, calldata);
    measured[`batch of ${count}, ${images}, ${name}, each`] = Math.ceil(gas / count);
    expect(gas / count).toBeLessThanOrEqual(limit);
  }
});

it('is as in the snapshot', () => {
  if (process.env.ZKINFER_GAS === 'print') console.log(JSON.stringify(measured, null, 2));
  expect(measured).toEqual(SNAPSHOT);
});

it('of a proof with a point off the curve is less than that of a right one', async () => {
  const contract = new Contract(batching.address, batching.abi as InterfaceAbi, chain.connection.provider);
  const { contexts, inputs, outputs, proofs } = batchCalldata(await provenDocuments(manifest, 4), manifest);
  // The last byte of C_proof.y of the last proof.
  const bad = `${proofs.slice(0, -2)}${proofs.endsWith('00') ? '01' : '00'}`;
  const verify = contract.getFunction('verifyBatch');
  expect(await verify.staticCall([...contexts], inputs, outputs, bad)).toBe(false);
  const right = await verify.estimateGas([...contexts], inputs, outputs, proofs);
  expect(await verify.estimateGas([...contexts], inputs, outputs, bad)).toBeLessThan(right);
});
