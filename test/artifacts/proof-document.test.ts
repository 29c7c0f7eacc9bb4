import { parseOpening, parseProofDocument, parseVerificationKey } from '../../src/artifacts/proof-document.js';
import { SAMPLE_KEY, SAMPLE_OPENING, SAMPLE_PROOF } from './samples.js';

const P = '21888242871839275222246405745257275088548364400416034343698204186575808495617';
const Q = '21888242871839275222246405745257275088696311157297823662689037894645226208583';

function failure(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    return error;
  }
}

describe('parseProofDocument', () => {
  it('returns a right document', () => {
    expect(parseProofDocument(structuredClone(SAMPLE_PROOF))).toEqual(SAMPLE_PROOF);
  });

  const { statement, proof } = SAMPLE_PROOF;
  it.each<[string, unknown, string]>([
    ['a list', [], 'the document'],
    ['null', null, 'the document'],
    ['another format', { ...SAMPLE_PROOF, format: 'proof' }, 'format'],
    ['a salt that leaked in', { ...SAMPLE_PROOF, salt: '1' }, 'salt'],
    [
      'an input both public and committed',
      { ...SAMPLE_PROOF, statement: { ...statement, inputCommitment: '1' } },
      'input',
    ],
    [
      'an output neither public nor committed',
      { ...SAMPLE_PROOF, statement: { ...statement, outputCommitment: undefined } },
      'output',
    ],
    ['elements beyond 8 bits', { ...SAMPLE_PROOF, input: [0, 256] }, 'input[1]'],
    [
      'a signal of the order itself',
      { ...SAMPLE_PROOF, statement: { ...statement, C: P }, publicSignals: [P, '2', '3'] },
      'statement.C',
    ],
    ['hexadecimal signals', { ...SAMPLE_PROOF, publicSignals: ['0x1', '2', '3'] }, 'publicSignals[0]'],
    ['leading zeros', { ...SAMPLE_PROOF, publicSignals: ['01', '2', '3'] }, 'publicSignals[0]'],
    ['signals unlike the statement', { ...SAMPLE_PROOF, publicSignals: ['1', '2', '4'] }, 'publicSignals[2]'],
    ['a fourth signal', { ...SAMPLE_PROOF, publicSignals: ['1', '2', '3', '4'] }, 'publicSignals'],
    ['a coordinate of the modulus', { ...SAMPLE_PROOF, proof: { ...proof, pi_a: [Q, '2', '1'] } }, 'proof.pi_a[0]'],
    ['a projective point', { ...SAMPLE_PROOF, proof: { ...proof, pi_c: ['1', '2', '0'] } }, 'proof.pi_c[2]'],
    ['another curve', { ...SAMPLE_PROOF, proof: { ...proof, curve: 'bls12381' } }, 'proof.curve'],
  ])('refuses %s', (_, json, field) => {
    expect(failure(() => parseProofDocument(json, 'p.json'))).toMatchObject({
      code: 'ARTIFACT_FORMAT',
      message: expect.stringContaining(`p.json: ${field} must be`) as string,
    });
  });
});

describe('parseVerificationKey', () => {
  it('takes a key of snarkjs', () => {
    expect(parseVerificationKey(structuredClone(SAMPLE_KEY))).toEqual(SAMPLE_KEY);
  });

  it('refuses a key whose IC does not fit', () => {
    expect(failure(() => parseVerificationKey({ ...SAMPLE_KEY, IC: SAMPLE_KEY.IC.slice(1) }))).toMatchObject({
      code: 'ARTIFACT_FORMAT',
      location: { tensor: 'IC' },
    });
  });
});

it('parseOpening reads openings and refuses salts that are no field elements', () => {
  expect(parseOpening(structuredClone(SAMPLE_OPENING))).toEqual(SAMPLE_OPENING);
  const error = failure(() => parseOpening({ ...SAMPLE_OPENING, output: { salt: P, elements: [1] } }));
  expect(error).toMatchObject({ code: 'ARTIFACT_FORMAT', location: { tensor: 'output.salt' } });
});
