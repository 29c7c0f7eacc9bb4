/** Calldata against the ABI coder of ethers. */
import { Interface } from 'ethers';
import type { Hex, ProofDocument } from '../../src/artifacts/types.js';
import { proofCalldata } from '../../src/solidity/calldata.js';
import { layoutOf, manifestOf, provenStatement, tensor } from '../support/statements.js';

const abi = new Interface([
  'function verifyInference(bytes input, bytes output, bytes proof) view returns (bool)',
  'function verifyInferenceFor(bytes32 context, bytes input, bytes output, bytes proof) view returns (bool)',
]);
const CONTEXT: Hex = `0x${'00'.repeat(31)}01`;

describe('proofCalldata', () => {
  it.each([1, 31, 32, 33, 784])('encodes calls with %i input bytes as ethers does', async (length) => {
    const manifest = manifestOf(layoutOf({ inputs: [tensor('x', 'int8', [length])] }));
    const plain = proofCalldata((await provenStatement(manifest)).document, manifest);
    expect(plain.calldata).toBe(abi.encodeFunctionData('verifyInference', [plain.input, plain.output, plain.proof]));
    const { document } = await provenStatement(manifest, { context: CONTEXT });
    const bound = proofCalldata(document, manifest);
    expect(bound.context).toBe(CONTEXT);
    expect(bound.calldata).toBe(
      abi.encodeFunctionData('verifyInferenceFor', [CONTEXT, bound.input, bound.output, bound.proof]),
    );
  });

  it('writes int8 as two’s complement, and commitments as words', async () => {
    const small = manifestOf(
      layoutOf({ input: 'committed', outputs: [tensor('y', 'int8', [5])], inputs: [tensor('x', 'uint8', [3])] }),
    );
    const { document } = await provenStatement(small);
    const edited: ProofDocument = {
      ...document,
      output: [-128, -1, 0, 1, 127],
      statement: { ...document.statement, inputCommitment: '258' },
    };
    const { input, output, proof } = proofCalldata(edited, small);
    expect(output).toBe('0x80ff00017f');
    expect(input).toBe(`0x${'00'.repeat(30)}0102`);
    expect(proof).toHaveLength(2 + 2 * 288);
  });

  it('refuses what does not fit', async () => {
    const manifest = manifestOf(layoutOf());
    const { document } = await provenStatement(manifest);
    const encode = (changed: ProofDocument) => () => proofCalldata(changed, manifest);
    const refused = (code: string) => expect.objectContaining({ code });
    expect(encode({ ...document, modelId: CONTEXT })).toThrow(refused('ARTIFACT_MISMATCH'));
    expect(encode({ ...document, input: [] })).toThrow(refused('INPUT_SHAPE'));
    expect(encode({ ...document, output: [1, 2] })).toThrow(refused('INPUT_SHAPE'));
    expect(encode({ ...document, output: Array<number>(10).fill(128) })).toThrow(refused('INPUT_VALUE'));
    expect(encode({ ...document, statement: { ...document.statement, C: '-1' } })).toThrow(refused('ARTIFACT_FORMAT'));
    const committed = manifestOf(layoutOf({ output: 'committed' }));
    expect(() => proofCalldata(document, committed)).toThrow(refused('INPUT_SHAPE'));
  });
});
