/** Generated contracts for parts of all kinds: their signals against src/statement, and what they tell about their tensors. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Contract, FunctionFragment, Interface, type InterfaceAbi } from 'ethers';
import type { Hex, Manifest, StatementLayout } from '../../src/artifacts/types.js';
import { type CompiledContract, compileSolidity } from '../../src/chain/solc.js';
import { callVerifyInference, CONTRACT_SIZE_LIMIT, type VerifierReference } from '../../src/chain/verifier.js';
import { toHex } from '../../src/hash/bytes.js';
import { proofCalldata } from '../../src/solidity/calldata.js';
import { generateVerifier } from '../../src/solidity/verifier.js';
import { challenge, evaluateAt } from '../../src/statement/challenge.js';
import { packBytes, partShape } from '../../src/statement/elements.js';
import { randomFieldElement } from '../../src/statement/statement.js';
import { P } from '../support/bn254.js';
import { startTestChain, type TestChain } from '../support/chain.js';
import { simulatedKey } from '../support/simulated-key.js';
import { LAYOUTS } from '../support/layouts.js';
import { manifestOf, MODEL_ID, ONNX_SHA256, provenStatement } from '../support/statements.js';

const NAMES = Object.keys(LAYOUTS);

interface Deployed {
  readonly manifest: Manifest;
  readonly verifier: VerifierReference;
  readonly contract: Contract;
  readonly codeBytes: number;
}

let chain: TestChain;
const deployed = new Map<string, Deployed>();

/** Makes the internal signals of the statement visible. */
const HARNESS = (file: string): string => `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
import {InferenceProofs, ModelVerifier} from "${file}";
contract Harness is ModelVerifier {
    function signals(bytes32 context, bytes calldata input, bytes calldata output, uint256 c)
        external pure returns (bool canonical, uint256 r, uint256 s)
    {
        uint256 record = _record();
        (uint256 inputAt, uint256 outputAt) = (0, 0);
        assembly ("memory-safe") {
            inputAt := input.offset
            outputAt := output.offset
        }
        return InferenceProofs.signals(record, record + InferenceProofs.RECORD_LENGTH, context, inputAt, outputAt, c);
    }
}`;

beforeAll(async () => {
  const sources = NAMES.flatMap((name, i) => {
    const manifest = manifestOf(LAYOUTS[name] as StatementLayout);
    const source = generateVerifier({ manifest, verificationKey: simulatedKey(), onnxSha256: ONNX_SHA256 });
    return [
      [`${i}.sol`, source],
      [`harness-${i}.sol`, HARNESS(`${i}.sol`)],
    ];
  });
  const compiled = await compileSolidity(Object.fromEntries(sources) as Record<string, string>, { viaIR: false });
  chain = await startTestChain();
  for (const [i, name] of NAMES.entries()) {
    const harness = compiled[`harness-${i}.sol:Harness`] as CompiledContract;
    const verifier = await chain.deploy(harness);
    deployed.set(name, {
      manifest: manifestOf(LAYOUTS[name] as StatementLayout),
      verifier,
      contract: new Contract(verifier.address, harness.abi as InterfaceAbi, chain.connection.provider),
      codeBytes: harness.deployedBytecode.length / 2 - 1,
    });
  }
});

afterAll(() => chain.stop());

const at = (name: string): Deployed => deployed.get(name) as Deployed;
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;

/** Random calldata of a part and the field elements it stands for. */
function randomPart(layout: StatementLayout, part: 'input' | 'output'): { bytes: Hex; elements: bigint[] } {
  if (layout[part] === 'committed') {
    const commitment = randomFieldElement();
    return { bytes: word(commitment), elements: [commitment] };
  }
  const { dtype, count } = partShape(layout, part);
  const bytes = Uint8Array.from(randomBytes(count));
  return { bytes: toHex(bytes), elements: packBytes(bytes, dtype === 'int8') };
}

describe.each(NAMES)('%s', (name) => {
  it('computes the signals of random statements as the library does', async () => {
    const { manifest, contract } = at(name);
    const layout = manifest.statement;
    for (let round = 0; round < 8; round++) {
      const [input, output] = [randomPart(layout, 'input'), randomPart(layout, 'output')];
      const [context, c] = [toHex(Uint8Array.from(randomBytes(32))), randomFieldElement()];
      const outputFirst = layout.input === 'public' && layout.output === 'committed';
      const elements = outputFirst ? [...output.elements, ...input.elements] : [...input.elements, ...output.elements];
      const r = challenge(MODEL_ID, context, c, elements);
      const signals = contract.getFunction('signals');
      expect([...(await signals(context, input.bytes, output.bytes, c))]).toEqual([true, r, evaluateAt(elements, r)]);
    }
  });

  it('accepts the right statement, refuses another one', async () => {
    const { manifest, verifier } = at(name);
    const { document } = await provenStatement(manifest, { seed: 77 });
    const right = proofCalldata(document, manifest);
    const other = proofCalldata((await provenStatement(manifest, { seed: 78 })).document, manifest);
    const ask = (changes: object): Promise<boolean> =>
      callVerifyInference(chain.connection, verifier, { ...right, ...changes });
    expect(await ask({})).toBe(true);
    expect(await ask({ input: other.input })).toBe(false);
    expect(await ask({ output: other.output })).toBe(false);
    expect(await ask({ proof: other.proof })).toBe(false);
  });

  it('refuses commitments that are not reduced', async () => {
    const { manifest, verifier, contract } = at(name);
    const right = proofCalldata((await provenStatement(manifest)).document, manifest);
    for (const part of ['input', 'output'] as const) {
      if (manifest.statement[part] === 'public') continue;
      const changed = { ...right, [part]: word(BigInt(right[part]) + P) };
      expect(await callVerifyInference(chain.connection, verifier, changed)).toBe(false);
      const signals = await contract.getFunction('signals')(right.context, changed.input, changed.output, 1n);
      expect(signals.canonical).toBe(false);
    }
    const overflowing = await contract.getFunction('signals')(right.context, right.input, right.output, P);
    expect(overflowing.canonical).toBe(false);
  });

  it('answers for its model', async () => {
    const { manifest, contract, codeBytes } = at(name);
    const layout = manifest.statement;
    const ask = (method: string, ...values: unknown[]) => contract.getFunction(method)(...values);
    expect(await ask('modelId')).toBe(MODEL_ID);
    expect(await ask('onnxSha256')).toBe(ONNX_SHA256);
    expect(await ask('DEVELOPMENT_KEY')).toBe(false);
    for (const part of ['input', 'output'] as const) {
      const tensors = part === 'input' ? layout.inputs : layout.outputs;
      const { dtype, count } = partShape(layout, part);
      expect(await ask(`${part}Visibility`)).toBe(layout[part] === 'public' ? 0n : 1n);
      expect(await ask(`${part}Length`)).toBe(layout[part] === 'public' ? BigInt(count) : 32n);
      expect(await ask(`${part}DType`)).toBe(dtype === 'uint8' ? 0n : 1n);
      expect(await ask(`${part}Count`)).toBe(BigInt(tensors.length));
      for (const [i, spec] of tensors.entries()) {
        const info = await ask(`${part}Tensor`, i);
        expect(info.name).toBe(spec.name);
        expect([...info.shape].map(Number)).toEqual(spec.shape);
        expect(Number(info.scaleMantissa) * 2 ** Number(info.scaleExponent)).toBe(spec.scale);
        expect(Number(info.zeroPoint)).toBe(spec.zeroPoint);
        expect(info.isFloat).toBe(spec.edge === 'float');
      }
      await expect(ask(`${part}Tensor`, tensors.length)).rejects.toMatchObject({ revert: { name: 'NoSuchTensor' } });
    }
    expect(codeBytes).toBeLessThan(CONTRACT_SIZE_LIMIT);
  });
});

describe('helpers', () => {
  const ask = (name: string, method: string, ...values: unknown[]) => at(name).contract.getFunction(method)(...values);

  it('decode elements by dtype', async () => {
    const bytes = `0x80ff00017f${'00'.repeat(28)}`;
    expect([...(await ask('committed, int8 33', 'decodeOutput', bytes))].slice(0, 5)).toEqual([
      -128n,
      -1n,
      0n,
      1n,
      127n,
    ]);
    const unsigned = `0x80ff0001${'00'.repeat(26)}`;
    expect([...(await ask('uint8 1, uint8 30', 'decodeOutput', unsigned))].slice(0, 4)).toEqual([128n, 255n, 0n, 1n]);
    await expect(ask('uint8 1, uint8 30', 'decodeOutput', '0x80')).rejects.toMatchObject({
      revert: { name: 'InvalidOutputLength' },
    });
  });

  it('find the first greatest element by dtype', async () => {
    expect(await ask('committed, int8 33', 'argmax', '0x80ff7f017f')).toBe(2n);
    expect(await ask('committed, int8 33', 'argmax', '0x80')).toBe(0n);
    expect(await ask('uint8 1, uint8 30', 'argmax', '0x7f80ffff00')).toBe(2n);
    await expect(ask('uint8 1, uint8 30', 'argmax', '0x')).rejects.toMatchObject({ revert: { name: 'NoElements' } });
  });

  it('dequantize to 18 decimals, rounded down, each tensor by its own scale', async () => {
    const elements = [-128, 127, -3, ...Array.from({ length: 30 }, (_, i) => i - 15)];
    const values = await ask('two tensors a part', 'dequantizeOutput', toHex(Uint8Array.from(elements)));
    const exact = (q: number, mantissa: bigint, exponent: bigint): bigint => {
      const scaled = BigInt(q + 3) * mantissa * 10n ** 18n;
      // BigInt shifts round towards minus infinity.
      return exponent < 0n ? scaled >> -exponent : scaled << exponent;
    };
    const expected = elements.map((q, i) => (i < 3 ? exact(q, 13421773n, -27n) : exact(q, 1n, 2n)));
    expect([...values]).toEqual(expected);
    expect(expected[0]).toBe(-12500000186264514924n);
    await expect(ask('two tensors a part', 'dequantizeOutput', '0x00')).rejects.toMatchObject({
      revert: { name: 'InvalidOutputLength' },
    });
  });

  it('name the interfaces that the contract implements (ERC-165)', async () => {
    const { contract } = at(NAMES[0] as string);
    const supports = contract.getFunction('supportsInterface');
    expect(await supports(await interfaceId())).toBe(true);
    expect(await supports('0x01ffc9a7')).toBe(true);
    expect(await supports('0xffffffff')).toBe(false);
    expect(await supports('0x80ac58cd')).toBe(false);
  });
});

/** The ERC-165 id of the interface file itself: all its selectors, combined by XOR. */
async function interfaceId(): Promise<Hex> {
  const file = new URL('../../verifier-contracts/interfaces/IVerifiableModel.sol', import.meta.url);
  const compiled = await compileSolidity({ 'i.sol': readFileSync(file, 'utf8') });
  const { abi } = compiled['i.sol:IVerifiableModel'] as CompiledContract;
  const selectors = new Interface(abi as InterfaceAbi).fragments
    .filter((fragment) => fragment instanceof FunctionFragment)
    .map((fragment) => Number(fragment.selector));
  const id = selectors.reduce((combined, selector) => combined ^ selector, 0) >>> 0;
  return `0x${id.toString(16).padStart(8, '0')}`;
}
