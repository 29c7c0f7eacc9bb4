/** proof.json, verification_key.json and opening files, read strictly. */
import { decimalBelow, integer, list, object, oneOf, optional, refuse, text, tuple } from './fields.js';
import type { Field } from './fields.js';
import { hash32, parseDocument } from './manifest.js';
import type { Hex, ProofDocument, SnarkjsProof, VerificationKey } from './types.js';

/** Order of the scalar field of BN254. */
const SCALAR_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
/** Order of the base field of BN254 (coordinates of points). */
const BASE_ORDER = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

export const scalar = decimalBelow(SCALAR_ORDER, 'a decimal below the order of the scalar field of BN254');
const coordinate = decimalBelow(BASE_ORDER, 'a decimal below the order of the base field of BN254');
const one = text(/^1$/, '"1": the point is affine');
const zero = text(/^0$/, '"0": the point is affine');
const g1: Field<readonly [string, string, string]> = tuple<readonly [string, string, string]>(
  coordinate,
  coordinate,
  one,
);
const pair: Field<readonly [string, string]> = tuple<readonly [string, string]>(coordinate, coordinate);
const g2 = tuple<readonly [readonly [string, string], readonly [string, string], readonly [string, string]]>(
  pair,
  pair,
  tuple<readonly [string, string]>(one, zero),
);

const snarkjsProof = object<SnarkjsProof>({
  pi_a: g1,
  pi_b: g2,
  pi_c: g1,
  protocol: oneOf('groth16'),
  curve: oneOf('bn128'),
});

const elements = list(integer(-128, 255));

export const proofDocumentField: Field<ProofDocument> = object<ProofDocument>(
  {
    format: oneOf('zkinfer-proof'),
    version: oneOf(1),
    modelId: hash32,
    statement: object<ProofDocument['statement']>({
      context: hash32,
      inputCommitment: optional(scalar),
      outputCommitment: optional(scalar),
      weightsCommitment: optional(scalar),
      C: scalar,
      r: scalar,
      s: scalar,
    }),
    input: optional(elements),
    output: optional(elements),
    proof: snarkjsProof,
    publicSignals: tuple<readonly [string, string, string]>(scalar, scalar, scalar),
  },
  (document) => {
    const { statement, publicSignals } = document;
    for (const part of ['input', 'output'] as const) {
      if ((document[part] === undefined) === (statement[`${part}Commitment`] === undefined)) {
        refuse(part, `given either by its elements or by statement.${part}Commitment`);
      }
    }
    for (const [i, signal] of (['C', 'r', 's'] as const).entries()) {
      if (publicSignals[i] !== statement[signal]) refuse(`publicSignals[${i}]`, `equal to statement.${signal}`);
    }
  },
);

/**
 * Checks the form of a proof document; says nothing about whether the proof is valid.
 *
 * @throws ARTIFACT_FORMAT naming the field
 */
export function parseProofDocument(json: unknown, file = 'proof'): ProofDocument {
  return parseDocument(proofDocumentField, json, file);
}

const point = list(coordinate, 3);
const point2 = list(list(coordinate, 2), 3);

export const verificationKeyField: Field<VerificationKey> = object<VerificationKey>(
  {
    protocol: oneOf('groth16'),
    curve: oneOf('bn128'),
    nPublic: integer(1),
    vk_alpha_1: point,
    vk_beta_2: point2,
    vk_gamma_2: point2,
    vk_delta_2: point2,
    vk_alphabeta_12: list(list(list(coordinate, 2), 3), 2),
    IC: list(point, 2),
  },
  (key) => {
    if (key.IC.length !== key.nPublic + 1) refuse('IC', 'a list of nPublic + 1 points');
  },
);

/**
 * Checks the form of a snarkjs Groth16 verification key.
 *
 * @throws ARTIFACT_FORMAT naming the field
 */
export function parseVerificationKey(json: unknown, file = 'verification key'): VerificationKey {
  return parseDocument(verificationKeyField, json, file);
}

/** What opens one commitment: the salt and the elements that were committed to. Private: whoever has it knows the tensor. */
export interface PartOpening {
  /** Decimal field element. */
  readonly salt: string;
  /** Integer elements, row-major, all tensors of the part one after the other. */
  readonly elements: readonly number[];
}

/** `<proof>.opening.json`: opens the commitments of one proof. Written for its owner only, never part of the proof. */
export interface OpeningDocument {
  readonly format: 'zkinfer-opening';
  readonly version: 1;
  readonly modelId: Hex;
  readonly input?: PartOpening;
  readonly output?: PartOpening;
}

const partOpening = object<PartOpening>({ salt: scalar, elements });

export const openingField: Field<OpeningDocument> = object<OpeningDocument>({
  format: oneOf('zkinfer-opening'),
  version: oneOf(1),
  modelId: hash32,
  input: optional(partOpening),
  output: optional(partOpening),
});

/**
 * Checks the form of an opening document. Errors name fields, never values.
 *
 * @throws ARTIFACT_FORMAT naming the field
 */
export function parseOpening(json: unknown, file = 'opening'): OpeningDocument {
  return parseDocument(openingField, json, file);
}
