/** A generated verifier on a real node: what it accepts, what it refuses, and with how much gas. */
import { Interface, type InterfaceAbi } from 'ethers';
import type { Hex } from '../../src/artifacts/types.js';
import { type CompiledContract, compileSolidity } from '../../src/chain/solc.js';
import {
  callVerifyInference,
  estimateVerifyInferenceGas,
  sendVerifyInference,
  type VerifierReference,
} from '../../src/chain/verifier.js';
import { proofCalldata, type ProofCalldata } from '../../src/solidity/calldata.js';
import { generateVerifier } from '../../src/solidity/verifier.js';
import { Q } from '../support/bn254.js';
import { startTestChain, type TestChain } from '../support/chain.js';
import { BAD_PROOFS, changeByte, setWords } from '../support/proof-words.js';
import { Random } from '../support/random.js';
import { simulatedKey, simulateProof } from '../support/simulated-key.js';
import { layoutOf, manifestOf, ONNX_SHA256, provenStatement } from '../support/statements.js';
import { unreducedParts, unreducedStatement } from '../support/unreduced.js';

const CONTEXT: Hex = `0x${'c0'.repeat(32)}`;
const OTHER_MODEL: Hex = `0x${'11'.repeat(32)}`;
const manifest = manifestOf(layoutOf());

let chain: TestChain;
let contract: CompiledContract;
let verifier: VerifierReference & { readonly gasUsed: bigint };
let otherModel: VerifierReference;
let right: ProofCalldata;
let bound: ProofCalldata;

beforeAll(async () => {
  const source = (modelId: Hex): string =>
    generateVerifier({
      manifest: { ...manifest, modelId },
      verificationKey: simulatedKey(),
      onnxSha256: ONNX_SHA256,
    });
  const compiled = await compileSolidity({ 'a.sol': source(manifest.modelId), 'b.sol': source(OTHER_MODEL) });
  contract = compiled['a.sol:ModelVerifier'] as CompiledContract;
  chain = await startTestChain();
  verifier = await chain.deploy(contract);
  otherModel = await chain.deploy(compiled['b.sol:ModelVerifier'] as CompiledContract);
  right = proofCalldata((await provenStatement(manifest)).document, manifest);
  bound = proofCalldata((await provenStatement(manifest, { context: CONTEXT })).document, manifest);
});

afterAll(() => chain.stop());

type Arguments = Pick<ProofCalldata, 'input' | 'output' | 'proof' | 'context'>;

const call = (inference: Arguments, at: VerifierReference = verifier): Promise<boolean> =>
  callVerifyInference(chain.connection, at, inference);

/** Replaces single words of the right proof. */
const setRightWords = (changes: Record<number, (word: bigint) => bigint>): Arguments => ({
  ...right,
  proof: setWords(right.proof, changes),
});

describe('a right statement', () => {
  it('is accepted, with and without a context', async () => {
    expect(await call(right)).toBe(true);
    expect(await call(bound)).toBe(true);
  });

  it('is accepted as the bytes that proofCalldata gives', async () => {
    for (const { calldata } of [right, bound]) {
      expect(BigInt(await chain.connection.provider.call({ to: verifier.address, data: calldata }))).toBe(1n);
    }
  });

  it('is accepted by any valid proof of it: Groth16 proofs are malleable, so contexts must stop replay', async () => {
    expect(await call(setRightWords({ 2: (y) => Q - y, 5: (y1) => Q - y1, 6: (y0) => Q - y0 }))).toBe(true);
    const { document } = await provenStatement(manifest, {
      prove: (signals) => simulateProof(signals, undefined, [5n, 9n]),
    });
    const other = proofCalldata(document, manifest);
    expect(other.proof).not.toBe(right.proof);
    expect(await call(other)).toBe(true);
  });
});

describe('another statement', () => {
  it.each([0, 1, 30, 31, 400, 774, 775, -1])('input byte %i changed', async (index) => {
    expect(await call({ ...right, input: changeByte(right.input, index) })).toBe(false);
  });

  it.each([0, 5, -1])('output byte %i changed', async (index) => {
    expect(await call({ ...right, output: changeByte(right.output, index) })).toBe(false);
  });

  it('another context, a context where there was none, and none where there was one', async () => {
    expect(await call({ ...bound, context: changeByte(CONTEXT, -1) })).toBe(false);
    expect(await call({ ...right, context: CONTEXT })).toBe(false);
    expect(await call({ ...bound, context: right.context })).toBe(false);
  });

  it('another model with the same key', async () => {
    expect(await call(right, otherModel)).toBe(false);
  });
});

describe('another proof', () => {
  it.each(BAD_PROOFS)('%s', async (_name, change) => {
    expect(await call({ ...right, proof: change(right.proof) })).toBe(false);
  });

  it.each(unreducedParts(manifest).flatMap((part) => [1n, 4n].map((times) => [part, times] as const)))(
    '%s plus %i times the order of the field, right modulo the order',
    async (part, times) => {
      expect(await call(await unreducedStatement(manifest, part, times))).toBe(false);
    },
  );

  it('the proof of another statement', async () => {
    expect(await call({ ...right, proof: bound.proof })).toBe(false);
  });
});

describe('malformed calls revert', () => {
  const cut = (hex: Hex): Hex => hex.slice(0, -2) as Hex;
  const pad = (hex: Hex): Hex => `${hex}00`;

  it.each([
    ['input cut', 'InvalidInputLength(784, 783)', () => ({ ...right, input: cut(right.input) })],
    ['input padded', 'InvalidInputLength(784, 785)', () => ({ ...right, input: pad(right.input) })],
    ['input empty', 'InvalidInputLength(784, 0)', () => ({ ...right, input: '0x' as Hex })],
    ['output cut', 'InvalidOutputLength(10, 9)', () => ({ ...right, output: cut(right.output) })],
    ['output padded', 'InvalidOutputLength(10, 11)', () => ({ ...right, output: pad(right.output) })],
    ['proof cut', 'InvalidProofLength(288, 287)', () => ({ ...right, proof: cut(right.proof) })],
    ['proof padded', 'InvalidProofLength(288, 289)', () => ({ ...right, proof: pad(right.proof) })],
    ['proof empty', 'InvalidProofLength(288, 0)', () => ({ ...right, proof: '0x' as Hex })],
  ])('%s', async (_name, error, make) => {
    await expect(call(make())).rejects.toMatchObject({ code: 'TOOL_FAILED', message: expect.stringContaining(error) });
  });

  it('calldata cut anywhere', async () => {
    const { calldata } = right;
    for (const bytes of [3, 4, 36, 100, 132, 900, (calldata.length - 2) / 2 - 1]) {
      const data = calldata.slice(0, 2 + 2 * bytes);
      await expect(chain.connection.provider.call({ to: verifier.address, data })).rejects.toMatchObject({
        code: 'CALL_EXCEPTION',
      });
    }
  });

  it('bytes after the arguments mean nothing, as everywhere in the ABI', async () => {
    const ask = async (data: string): Promise<bigint> =>
      BigInt(await chain.connection.provider.call({ to: verifier.address, data }));
    const abi = new Interface(contract.abi as string[]);
    const wrong = abi.encodeFunctionData('verifyInference', [changeByte(right.input, 0), right.output, right.proof]);
    expect(await ask(`${right.calldata}${'ff'.repeat(45)}`)).toBe(1n);
    expect(await ask(`${wrong}${right.calldata.slice(10)}`)).toBe(0n);
  });
});

describe('random bytes', () => {
  const random = new Random(77);
  const functions = () => new Interface(contract.abi as InterfaceAbi);

  it('are no proof, and no statement of a right one', async () => {
    for (let round = 0; round < 40; round++) {
      expect(await call({ ...right, proof: random.hex(288) })).toBe(false);
      expect(await call({ ...right, input: random.hex(784) })).toBe(false);
      expect(await call({ ...right, output: random.hex(10) })).toBe(false);
      expect(await call({ ...right, context: random.hex(32) })).toBe(false);
      expect(await call({ ...right, proof: changeByte(right.proof, random.integer(0, 287)) })).toBe(false);
    }
  });

  it('of the wrong lengths are refused by the name of the first that is wrong', async () => {
    for (let round = 0; round < 40; round++) {
      const [input, output, proof] = [785, 11, 289].map((end) => random.integer(0, end)) as [number, number, number];
      if (input === 784 && output === 10 && proof === 288) continue;
      const [name, expected, actual] =
        input !== 784
          ? ['InvalidInputLength', 784n, input]
          : output !== 10
            ? ['InvalidOutputLength', 10n, output]
            : ['InvalidProofLength', 288n, proof];
      const parts = [random.hex(input), random.hex(output), random.hex(proof)];
      const data = functions().encodeFunctionData('verifyInference', parts);
      const answer = await chain.connection.provider.call({ to: verifier.address, data }).catch((error) => error);
      expect(functions().parseError(answer.data)).toMatchObject({ name, args: [expected, BigInt(actual)] });
    }
  });

  it('as arguments of every function are never a proof', async () => {
    const { verifyInference, verifyInferenceFor } = Object.fromEntries(
      ['verifyInference', 'verifyInferenceFor'].map((name) => [name, functions().getFunction(name)!.selector]),
    ) as Record<string, string>;
    for (let round = 0; round < 60; round++) {
      const selector = random.pick([verifyInference!, verifyInferenceFor!, random.hex(4)]);
      const words = Array.from({ length: random.integer(0, 40) }, () =>
        random.pick([random.hex(32), `0x${random.integer(0, 1_400).toString(16).padStart(64, '0')}`]).slice(2),
      ).join('');
      const data = `${selector}${words}${random.hex(random.integer(0, 31)).slice(2)}`;
      const answer = await chain.connection.provider.call({ to: verifier.address, data }).catch(() => '0x');
      expect(BigInt(answer === '0x' ? 0 : answer)).toBe(0n);
    }
  });
});

describe('gas', () => {
  const ask = async (data: string, gasLimit: number): Promise<'true' | 'false' | 'revert'> => {
    try {
      const answer = await chain.connection.provider.call({ to: verifier.address, data, gasLimit });
      return BigInt(answer) === 1n ? 'true' : 'false';
    } catch {
      return 'revert';
    }
  };

  it('is estimated not far above what is used', async () => {
    const estimate = await estimateVerifyInferenceGas(chain.connection, verifier, right);
    const { gasUsed } = await sendVerifyInference(chain.connection, verifier, right);
    expect(estimate).toBeGreaterThanOrEqual(gasUsed);
    expect(estimate).toBeLessThan((gasUsed * 105n) / 100n);
  });

  it('that a failing precompile takes is bounded', async () => {
    const { gasUsed } = await sendVerifyInference(chain.connection, verifier, setRightWords({ 2: (y) => y + 1n }));
    expect(gasUsed).toBeLessThan(440_000n);
  });

  it('that is too little never makes a right statement look wrong', async () => {
    const answers = [];
    for (let gas = 40_000; gas <= 700_000; gas += 7_919) answers.push(await ask(right.calldata, gas));
    expect(new Set(answers)).toEqual(new Set(['revert', 'true']));
    expect(answers.lastIndexOf('revert')).toBeLessThan(answers.indexOf('true'));
  });

  it('that is too little for a verdict on a bad point is a revert, not a verdict', async () => {
    const abi = new Interface(contract.abi as string[]);
    const bad = setRightWords({ 2: (y) => y + 1n });
    const data = abi.encodeFunctionData('verifyInference', [bad.input, bad.output, bad.proof]);
    expect(await ask(data, 260_000)).toBe('revert');
    expect(await ask(data, 600_000)).toBe('false');
    await expect(
      chain.connection.provider.call({ to: verifier.address, data, gasLimit: 260_000 }),
    ).rejects.toMatchObject({
      data: abi.getError('InsufficientGas')?.selector,
    });
  });
});
