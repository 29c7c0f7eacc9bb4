import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProofDocument, WeightsFile } from '../../src/index.js';
import {
  ArtifactName,
  callVerifyInference,
  commitModel,
  compileModel,
  compileSolidity,
  encodeCalldata,
  exportVerifier,
  loadModel,
  loadProver,
  loadVerifier,
  proveInference,
  readInput,
  readManifest,
  runModel,
  setupDevelopment,
  terminateCurves,
  verifyProof,
} from '../../src/index.js';
import { startTestChain, type TestChain } from '../support/chain.js';
import { runCli } from '../cli/run-cli.js';
import { FIXTURES } from '../support/golden-witness.js';

const MODELS = [
  join(FIXTURES, 'digits-mlp/model.qdq-s8s8-pc.onnx'),
  join(FIXTURES, 'digits-mlp-retrained/model.qdq-s8s8-pc.onnx'),
] as const;
const INPUTS = join(FIXTURES, 'digits-mlp/inputs.npz');

describe('two trainings of one architecture, with one setup', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zkinfer-'));
  const dir = join(folder, 'artifacts');
  const weights: WeightsFile[] = [];
  const documents: ProofDocument[] = [];
  let chain: TestChain;

  beforeAll(async () => {
    await compileModel(MODELS[0], dir, { weights: 'committed' });
    await setupDevelopment(dir);
    for (const model of MODELS) weights.push(await commitModel(model, dir));
    chain = await startTestChain();
  });
  afterAll(async () => {
    await chain?.stop();
    await terminateCurves();
    rmSync(folder, { recursive: true, force: true });
  });

  it('leaves the model out of the directory, and its scales out of the manifest', async () => {
    const manifest = await readManifest(dir);
    expect(Object.keys(manifest.files)).not.toContain(ArtifactName.model);
    expect(manifest.statement).toMatchObject({ weights: 'committed', inputs: [{ scale: 1, zeroPoint: 0 }] });
    expect(() => statSync(join(dir, ArtifactName.model))).toThrow();
    await expect(loadModel(dir)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('proves each, with the output of its own reference', async () => {
    for (const [i, path] of MODELS.entries()) {
      const prover = await loadProver(dir, { weights: weights[i]! });
      const { tensors } = await readInput(INPUTS, prover.inputs, { index: 4 });
      const { document, outputs } = await proveInference(prover, tensors);
      expect(outputs).toEqual(runModel(await loadModel(path), tensors));
      documents.push(document);
    }
    expect(documents[0]!.output).not.toEqual(documents[1]!.output);
  });

  it('verifies each under its own commitment, and under no other', async () => {
    const verifier = await loadVerifier(dir);
    for (const [i, document] of documents.entries()) {
      const [own, other] = [weights[i]!.commitment, weights[1 - i]!.commitment];
      expect(await verifyProof(verifier, document)).toEqual({ valid: true });
      expect(await verifyProof(verifier, document, undefined, own)).toEqual({ valid: true });
      expect(await verifyProof(verifier, document, undefined, other)).toEqual({
        valid: false,
        reason: 'the proof is about other weights',
      });
      const without = Object.fromEntries(
        Object.entries(document.statement).filter(([key]) => key !== 'weightsCommitment'),
      );
      const renamed = {
        ...document,
        statement: { ...document.statement, weightsCommitment: BigInt(other).toString() },
      };
      for (const forged of [renamed, { ...document, statement: without }]) {
        expect((await verifyProof(verifier, forged)).valid).toBe(false);
      }
    }
  });

  it('makes no proof from other weights than the commitment in their file', async () => {
    const [first] = weights as [WeightsFile];
    const changed = { ...first, weights: first.weights.with(9, first.weights[9]! ^ 1) };
    await expect(loadProver(dir, { weights: changed })).rejects.toMatchObject({ code: 'ARTIFACT_MISMATCH' });
    await expect(loadProver(dir)).rejects.toMatchObject({ code: 'USAGE' });
    // A prover that does not check its own file meets the circuit.
    const prover = { ...(await loadProver(dir, { weights: first })), model: changed };
    const { tensors } = await readInput(INPUTS, prover.inputs, { index: 4 });
    await expect(proveInference(prover, tensors)).rejects.toMatchObject({ code: 'CHECK_FAILED' });
  });

  it('is accepted by the contract of its commitment, and refused by the other', async () => {
    await expect(exportVerifier(dir, folder, { allowDevelopmentKey: true })).rejects.toMatchObject({ code: 'USAGE' });
    const verifiers = [];
    for (const { commitment } of weights) {
      const { source, contractName } = await exportVerifier(dir, folder, {
        allowDevelopmentKey: true,
        weightsCommitment: commitment,
      });
      expect(source).toContain(`bytes32 public constant weightsCommitment = ${commitment};`);
      const compiled = await compileSolidity({ 'verifier.sol': source });
      verifiers.push(await chain.deploy(compiled[`verifier.sol:${contractName}`]!));
    }
    for (const [i, document] of documents.entries()) {
      const { input, output, proof } = await encodeCalldata(dir, document);
      for (const [j, verifier] of verifiers.entries()) {
        expect(await callVerifyInference(chain.connection, verifier, { input, output, proof })).toBe(i === j);
      }
    }
  });

  it('works from the command line', async () => {
    const [file, proof] = [join(folder, 'weights.json'), join(folder, 'proof.json')];
    const committed = await runCli(['commit', MODELS[1], dir, '-o', file, '--json']);
    expect(committed.code).toBe(0);
    const { commitment } = JSON.parse(committed.stdout) as { commitment: string };
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ commitment });
    // The salt is new, and so is the commitment.
    expect(commitment).not.toBe(weights[1]!.commitment);

    writeFileSync(proof, JSON.stringify(documents[1]));
    expect((await runCli(['verify', dir, proof, '--commitment', weights[1]!.commitment])).code).toBe(0);
    const shown = await runCli(['verify', dir, proof]);
    expect(shown.stdout).toContain(`weights   committed: ${weights[1]!.commitment}`);
    const refused = await runCli(['verify', dir, proof, '--commitment', commitment]);
    expect([refused.code, refused.stdout]).toEqual([1, 'invalid: the proof is about other weights\n']);
    expect((await runCli(['prove', dir, '--input', INPUTS, '--index', '4'], { [dir]: 'DIR' })).stderr)
      .toMatchInlineSnapshot(`
     "checking artifacts
     error USAGE: DIR takes the weights from a file
       hint  make one with \`zkinfer commit MODEL DIR\` and give it with --weights
     "
    `);
    expect((await runCli(['commit', join(FIXTURES, 'iris-mlp/model.qdq-s8s8-pc.onnx'), dir])).stderr)
      .toMatchInlineSnapshot(`
     "error MODEL_UNSUPPORTED: the model has another architecture
       code               at            problem
       -----------------  ------------  ---------------------------------------------------
       MODEL_UNSUPPORTED                the inputs have other sizes
       MODEL_UNSUPPORTED  node /0/Gemm  differs from the architecture in shape, outChannels
       MODEL_UNSUPPORTED  node /2/Gemm  differs from the architecture in shape, outChannels
       hint  Compile this model to a directory of its own, or name the directory of its architecture.
     "
    `);
  });
});
