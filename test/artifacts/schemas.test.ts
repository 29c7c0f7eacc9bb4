import { readFile } from 'node:fs/promises';
import { JSON_SCHEMAS } from '../../src/artifacts/schemas.js';
import { SAMPLE_COMMITTED_MANIFEST, SAMPLE_OPENING, SAMPLE_PROOF, SAMPLE_WEIGHTS } from './samples.js';

it.each(Object.keys(JSON_SCHEMAS))(
  'docs/%s is what the reader accepts (node scripts/write-schemas.mjs)',
  async (file) => {
    const written = JSON.parse(await readFile(new URL(`../../docs/${file}`, import.meta.url), 'utf8')) as unknown;
    expect(written).toEqual(JSON.parse(JSON.stringify(JSON_SCHEMAS[file])));
  },
);

it.each([
  ['manifest.schema.json', SAMPLE_COMMITTED_MANIFEST],
  ['proof.schema.json', { ...SAMPLE_PROOF, output: [1] }],
  ['weights.schema.json', SAMPLE_WEIGHTS],
  ['opening.schema.json', { ...SAMPLE_OPENING, input: SAMPLE_OPENING.output }],
] as const)('%s knows every field of its document', (file, sample) => {
  const { properties, required } = JSON_SCHEMAS[file] as { properties: object; required: string[] };
  expect(Object.keys(properties).sort()).toEqual(Object.keys(sample).sort());
  for (const name of required) expect(Object.keys(sample)).toContain(name);
});
