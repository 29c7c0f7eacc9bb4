/** The text of generated contracts, without compiling it. */
import { exactFloat32 } from '../../src/solidity/float32.js';
import { checkContractName, stringLiteral } from '../../src/solidity/literals.js';
import { DEFAULT_CONTRACT_NAME, generateVerifier } from '../../src/solidity/verifier.js';
import { simulatedKey } from '../support/simulated-key.js';
import { layoutOf, MODEL_ID, manifestBeforeSetup, manifestOf, ONNX_SHA256, tensor } from '../support/statements.js';

const verificationKey = simulatedKey();
const manifest = manifestOf(layoutOf());
const generate = (changes: Partial<Parameters<typeof generateVerifier>[0]> = {}): string =>
  generateVerifier({ manifest, verificationKey, onnxSha256: ONNX_SHA256, ...changes });

describe('generateVerifier', () => {
  it('writes one MIT file that imports nothing', () => {
    const source = generate();
    expect(source.startsWith('// SPDX-License-Identifier: MIT\npragma solidity ^0.8.24;\n')).toBe(true);
    expect(source.match(/SPDX/g)).toHaveLength(1);
    expect(source.match(/pragma/g)).toHaveLength(1);
    expect(source).not.toMatch(/^\s*import\b/m);
    expect(source).toContain(`contract ${DEFAULT_CONTRACT_NAME} is IVerifiableModel {`);
  });

  it('is deterministic', () => {
    expect(generate()).toBe(generate());
  });

  it('has this outline', () => {
    const contract = generate().split('\ncontract ')[1] as string;
    const outline = contract
      .split('\n')
      .map((line) => /^ {4}(function \w+|\w+ (?:public|private) constant (?:override )?\w+)/.exec(line)?.[1])
      .filter((line) => line !== undefined);
    expect(outline).toMatchSnapshot();
  });

  it('carries the identity of the model', () => {
    const source = generate();
    expect(source).toContain(`modelId = ${MODEL_ID};`);
    expect(source).toContain(`onnxSha256 = ${ONNX_SHA256};`);
    expect(generate({ onnxSha256: ONNX_SHA256.slice(2).toUpperCase() })).toBe(source);
  });

  it('marks development keys, and only those', () => {
    const development = generate({ manifest: { ...manifest, setup: { kind: 'development' } } });
    expect(development).toContain('DEVELOPMENT_KEY = true;');
    expect(development).toContain('/// WARNING');
    expect(generate()).toContain('DEVELOPMENT_KEY = false;');
    expect(generate()).not.toContain('WARNING');
  });

  it('refuses a manifest without setup, the hash of another model and a bad model id', () => {
    const without = manifestBeforeSetup(layoutOf());
    expect(() => generate({ manifest: without })).toThrow(expect.objectContaining({ code: 'ARTIFACT_MISSING' }));
    expect(() => generate({ onnxSha256: '00'.repeat(32) })).toThrow(
      expect.objectContaining({ code: 'ARTIFACT_MISMATCH' }),
    );
    expect(() => generate({ onnxSha256: 'abc' })).toThrow(expect.objectContaining({ code: 'USAGE' }));
    const modelId = '0x00; } function f() external { //' as `0x${string}`;
    expect(() => generate({ manifest: { ...manifest, modelId } })).toThrow(
      expect.objectContaining({ code: 'ARTIFACT_FORMAT' }),
    );
  });

  it('refuses scales and zero points that no ONNX file holds', () => {
    const broken = (change: object) => () =>
      generate({ manifest: manifestOf(layoutOf({ outputs: [{ ...tensor('y', 'int8', [2]), ...change }] })) });
    for (const change of [
      { scale: 0 },
      { scale: -1 },
      { scale: 0.1 },
      { scale: Infinity },
      { zeroPoint: 128 },
      { zeroPoint: 0.5 },
    ]) {
      expect(broken(change)).toThrow(expect.objectContaining({ code: 'ARTIFACT_FORMAT' }));
    }
  });
});

describe('names and literals', () => {
  it('takes names that Solidity takes', () => {
    for (const name of ['A', 'LeNet5', 'My_Model2']) expect(checkContractName(name)).toBe(name);
    for (const name of ['', 'a', 'contract', '1A', 'A b', 'A{}', 'A\n', 'IVerifiableModel', 'Ä', 'A'.repeat(65)]) {
      expect(() => checkContractName(name)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    }
  });

  it('escapes whatever a tensor may be called', () => {
    expect(stringLiteral('plain/name:0')).toBe('"plain/name:0"');
    expect(stringLiteral('a"b\\c\nd')).toBe('"a\\x22b\\x5cc\\x0ad"');
    expect(stringLiteral('é')).toBe('"\\xc3\\xa9"');
    expect(stringLiteral('\u202e')).toBe('"\\xe2\\x80\\xae"');
  });
});

describe('exactFloat32', () => {
  it.each([
    [1, 1, 0],
    [0.0078125, 1, -7],
    [6, 3, 1],
    [Math.fround(0.1), 13421773, -27],
    [Math.fround(1 / 255), 8421505, -31],
    [2 ** -149, 1, -149],
    [Math.fround(3.4028234663852886e38), 16777215, 104],
  ])('%d = %d * 2^%d', (value, mantissa, exponent) => {
    expect(exactFloat32(value)).toEqual({ mantissa, exponent });
    expect(mantissa * 2 ** exponent).toBe(value);
  });

  it('refuses what is no positive float32', () => {
    for (const value of [0, -1, NaN, Infinity, 0.1, 2 ** -150, 2 ** 128]) {
      expect(() => exactFloat32(value)).toThrow(expect.objectContaining({ code: 'ARTIFACT_FORMAT' }));
    }
  });
});
