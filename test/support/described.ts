/** What contracts tell about their models, and how they read outputs, as a test expects it from the layout. */
import { type Contract, FunctionFragment, Interface, type InterfaceAbi } from 'ethers';
import type { Hex, Manifest, StatementLayout, TensorSpec } from '../../src/artifacts/types.js';
import { partLength } from '../../src/solidity/record.js';
import { partShape } from '../../src/statement/elements.js';
import { ONNX_SHA256, WEIGHTS_COMMITMENT } from './statements.js';

/** That an IVerifiableModel says of its model what the manifest and the simulated key do. */
export async function expectDescription(model: Contract, manifest: Manifest, cid: string): Promise<void> {
  const layout = manifest.statement;
  const tell = (method: string, ...values: unknown[]) => model.getFunction(method)(...values);
  expect(await tell('modelId')).toBe(manifest.modelId);
  expect(await tell('modelCid')).toBe(cid);
  expect(await tell('DEVELOPMENT_KEY')).toBe(manifest.setup?.kind === 'development');
  if (layout.weights === 'committed') {
    expect(await tell('onnxSha256')).toBe(`0x${'00'.repeat(32)}`);
    expect(BigInt(await tell('weightsCommitment'))).toBe(WEIGHTS_COMMITMENT);
  } else {
    expect(await tell('onnxSha256')).toBe(ONNX_SHA256);
  }
  for (const part of ['input', 'output'] as const) {
    const tensors = part === 'input' ? layout.inputs : layout.outputs;
    expect(await tell(`${part}Visibility`)).toBe(layout[part] === 'public' ? 0n : 1n);
    expect(await tell(`${part}Length`)).toBe(BigInt(partLength(layout, part)));
    expect(await tell(`${part}DType`)).toBe(dtypeNumber(partShape(layout, part).dtype));
    expect(await tell(`${part}Count`)).toBe(BigInt(tensors.length));
    for (const [i, spec] of tensors.entries()) {
      const info = await tell(`${part}Tensor`, i);
      expect(info.name).toBe(spec.name);
      expect(info.dtype).toBe(dtypeNumber(spec.dtype));
      expect([...info.shape].map(Number)).toEqual(spec.shape);
      expect(Number(info.scaleMantissa) * 2 ** Number(info.scaleExponent)).toBe(spec.scale);
      expect(info.zeroPoint).toBe(BigInt(spec.zeroPoint));
      expect(info.isFloat).toBe(spec.edge === 'float');
    }
    await expect(tell(`${part}Tensor`, tensors.length)).rejects.toMatchObject({
      revert: { name: 'NoSuchTensor', args: [BigInt(tensors.length)] },
    });
  }
}

/**
 * That `argmax` and `dequantizeOutput` of an IVerifiableModel read outputs of the layout right, the dtype's extremes among them, and refuse
 * other lengths.
 */
export async function expectHelpers(model: Contract, layout: StatementLayout): Promise<void> {
  const { dtype, count } = partShape(layout, 'output');
  const [least, greatest] = dtype === 'int8' ? [-128, 127] : [0, 255];
  const elements = Array.from({ length: count }, (_, i) => [least, greatest, (i * 37) % 120][i % 3] as number);
  const output = bytesOf(elements);
  const ask = (method: string, bytes: string) => model.getFunction(method)(bytes);
  expect(await ask('argmax', output)).toBe(BigInt(elements.indexOf(Math.max(...elements))));
  expect(await ask('argmax', bytesOf([least, greatest, 5, greatest]))).toBe(1n);
  // Larger as an unsigned byte, smaller as a signed one.
  expect(await ask('argmax', '0x7f80')).toBe(dtype === 'int8' ? 0n : 1n);
  expect(await ask('argmax', bytesOf([least]))).toBe(0n);
  await expect(ask('argmax', '0x')).rejects.toMatchObject({ revert: { name: 'NoElements' } });
  const specs = layout.outputs.flatMap((spec) => Array<TensorSpec>(spec.shape.reduce((a, b) => a * b, 1)).fill(spec));
  expect([...(await ask('dequantizeOutput', output))]).toEqual(elements.map((q, i) => fixedPoint(q, specs[i]!)));
  for (const wrong of ['0x', output.slice(0, -2), `${output}00`]) {
    const actual = BigInt(wrong.length / 2 - 1);
    await expect(ask('dequantizeOutput', wrong)).rejects.toMatchObject({
      revert: { name: 'InvalidOutputLength', args: [BigInt(count), actual] },
    });
  }
}

/** ERC-165: all selectors, combined by XOR. */
export function interfaceId(abi: unknown): Hex {
  const selectors = new Interface(abi as InterfaceAbi).fragments
    .filter((fragment) => fragment instanceof FunctionFragment)
    .map((fragment) => Number(fragment.selector));
  const id = selectors.reduce((combined, selector) => combined ^ selector, 0) >>> 0;
  return `0x${id.toString(16).padStart(8, '0')}`;
}

/** (q - zeroPoint) * scale with 18 decimals, rounded towards minus infinity, from the float32 as a fraction. */
function fixedPoint(q: number, { scale, zeroPoint }: TensorSpec): bigint {
  // A float32 times 2^149 is a whole number.
  let [mantissa, exponent] = [scale, 0];
  while (!Number.isInteger(mantissa)) [mantissa, exponent] = [mantissa * 2, exponent + 1];
  const numerator = BigInt(q - zeroPoint) * BigInt(mantissa) * 10n ** 18n;
  const denominator = 2n ** BigInt(exponent);
  const quotient = numerator / denominator;
  return numerator % denominator < 0n ? quotient - 1n : quotient;
}

function bytesOf(elements: readonly number[]): Hex {
  return `0x${Buffer.from(Uint8Array.from(elements)).toString('hex')}`;
}

function dtypeNumber(dtype: TensorSpec['dtype']): bigint {
  return dtype === 'uint8' ? 0n : 1n;
}
