import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hex, ProofDocument, Visibility } from '../../src/index.js';
import {
  ArtifactName,
  callVerifyInference,
  compileModel,
  compileSolidity,
  encodeCalldata,
  exportVerifier,
  loadProver,
  loadVerifier,
  proveInference,
  readInput,
  readManifest,
  setupDevelopment,
  terminateCurves,
  verifyProof,
} from '../../src/index.js';
import type { CompileResult } from '../../src/api/compile.js';
import { startTestChain, type TestChain } from './chain.js';
import { FIXTURES, expectPinnedConstraints, expectWitnesses, goldenSamples } from './golden-witness.js';
import { runSnarkjs } from './snarkjs-cli.js';
import type { InferenceArguments } from '../../src/chain/verifier.js';

const SAMPLE = 7;

/** Changes one byte of a hex string. */
function flip(hex: Hex, byte: number): Hex {
  const at = 2 + 2 * byte;
  const changed = (parseInt(hex.slice(at, at + 2), 16) ^ 1).toString(16).padStart(2, '0');
  return `${hex.slice(0, at)}${changed}${hex.slice(at + 2)}` as Hex;
}

/**
 * Describes one model on its whole way: compiled, keys made, one sample proved, verified by us and by snarkjs, accepted by the generated
 * contract on a local chain; changed input, output, proof, context and the proof of another model refused.
 */
export function describeProofStory(
  model: string,
  variant: string,
  modes: { input: Visibility; output: Visibility },
): void {
  describe(`${model} ${variant}, input ${modes.input}, output ${modes.output}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'zkinfer-'));
    const dir = join(folder, 'artifacts');
    let compiled: CompileResult;
    let document: ProofDocument;
    let chain: TestChain;

    beforeAll(async () => {
      compiled = await compileModel(join(FIXTURES, model, `model.${variant}.onnx`), dir, modes);
      await setupDevelopment(dir);
      const prover = await loadProver(dir);
      const sample = await readInput(join(FIXTURES, model, 'inputs.npz'), prover.manifest.statement.inputs, {
        index: SAMPLE,
      });
      const proven = await proveInference(prover, sample.tensors);
      document = proven.document;
      const golden = goldenSamples(model, variant)[SAMPLE]!;
      expect([...proven.outputs[0]!.integers]).toEqual(golden.output);
      expect(document.input).toEqual(modes.input === 'public' ? golden.input : undefined);
      expect(document.output).toEqual(modes.output === 'public' ? golden.output : undefined);
      chain = await startTestChain();
    });
    afterAll(async () => {
      await chain?.stop();
      await terminateCurves();
      rmSync(folder, { recursive: true, force: true });
    });

    if (modes.input === 'public' && modes.output === 'public') {
      it('has the pinned number of constraints, and witnesses for the golden outputs', async () => {
        expectPinnedConstraints(model, variant, compiled);
        await expectWitnesses(dir, compiled.manifest, goldenSamples(model, variant));
      });
    }

    it('is verified here, and by snarkjs on its own', async () => {
      expect(await verifyProof(await loadVerifier(dir), document)).toEqual({ valid: true });
      const [proof, signals] = [join(folder, 'proof.json'), join(folder, 'public.json')];
      writeFileSync(proof, JSON.stringify(document.proof));
      writeFileSync(signals, JSON.stringify(document.publicSignals));
      const key = join(dir, ArtifactName.verificationKey);
      const { code, output } = await runSnarkjs('groth16', 'verify', key, signals, proof);
      expect(output).toContain('OK!');
      expect(code).toBe(0);
    });

    it('is refused with another output, context or public signal', async () => {
      const verifier = await loadVerifier(dir);
      const changed: ProofDocument[] = [
        { ...document, statement: { ...document.statement, context: `0x${'0'.repeat(63)}1` } },
        {
          ...document,
          publicSignals: [document.publicSignals[1], document.publicSignals[0], document.publicSignals[2]],
        },
        ...(document.output ? [{ ...document, output: document.output.with(0, document.output[0]! ^ 1) }] : []),
        ...(document.input ? [{ ...document, input: document.input.with(3, document.input[3]! ^ 1) }] : []),
      ];
      for (const forged of changed) expect((await verifyProof(verifier, forged)).valid).toBe(false);
    });

    it('is accepted by the generated contract, and nothing else is', async () => {
      const { source, contractName } = await exportVerifier(dir, join(folder, 'contracts'), {
        allowDevelopmentKey: true,
      });
      const compiled = await compileSolidity({ 'verifier.sol': source });
      const verifier = await chain.deploy(compiled[`verifier.sol:${contractName}`]!);
      const { input, output, proof } = await encodeCalldata(dir, document);
      const ask = (inference: InferenceArguments): Promise<boolean> =>
        callVerifyInference(chain.connection, verifier, inference);

      expect(await ask({ input, output, proof })).toBe(true);
      expect(await ask({ input: flip(input, 0), output, proof })).toBe(false);
      expect(await ask({ input, output: flip(output, 0), proof })).toBe(false);
      for (const byte of [31, 40, 130, 280]) expect(await ask({ input, output, proof: flip(proof, byte) })).toBe(false);
      expect(await ask({ input, output, proof, context: `0x${'0'.repeat(63)}1` })).toBe(false);
    });

    it('is refused by the contract of another model', async () => {
      const manifest = await readManifest(dir);
      const other = join(folder, 'other');
      mkdirSync(other);
      const { source, contractName } = await exportVerifier(dir, other, { allowDevelopmentKey: true });
      const otherId = manifest.modelId.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
      const renamed = source.replaceAll(manifest.modelId.slice(2), otherId.slice(2));
      expect(renamed).not.toBe(source);
      const compiled = await compileSolidity({ 'verifier.sol': renamed });
      const verifier = await chain.deploy(compiled[`verifier.sol:${contractName}`]!);
      const { input, output, proof } = await encodeCalldata(dir, document);
      expect(await callVerifyInference(chain.connection, verifier, { input, output, proof })).toBe(false);
    });
  });
}
