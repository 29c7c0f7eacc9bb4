/** JSON schemas of the documents, made from the same fields that read them. Written to docs/ by scripts/write-schemas.mjs. */
import type { JsonSchema } from './fields.js';
import { manifestField } from './manifest.js';
import { openingField, proofDocumentField } from './proof-document.js';
import { weightsFileField } from './weights-file.js';

/** By file name in docs/. */
export const JSON_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  'manifest.schema.json': document(
    'manifest.json of a zkinfer artifact directory',
    'What the directory holds, with the SHA-256 of every file.',
    manifestField.schema,
  ),
  'proof.schema.json': document(
    'proof.json of zkinfer',
    'A statement and its Groth16 proof. Each part is given either by its elements or by its commitment, and publicSignals equals [C, r, s].',
    proofDocumentField.schema,
  ),
  'opening.schema.json': document(
    'Opening of the commitments of one proof',
    'Private to its owner: holds the salt and the elements of each committed part.',
    openingField.schema,
  ),
  'weights.schema.json': document(
    'Weights file of zkinfer',
    'Private to its owner: holds the numbers of a model that a commitment binds, and the salt.',
    weightsFileField.schema,
  ),
};

function document(title: string, description: string, schema: JsonSchema): JsonSchema {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title, description, ...schema };
}
