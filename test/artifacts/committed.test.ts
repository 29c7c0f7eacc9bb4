import { manifestField, parseDocument } from '../../src/artifacts/manifest.js';
import { parseWeightsFile } from '../../src/artifacts/weights-file.js';
import type { Manifest } from '../../src/artifacts/types.js';
import { SAMPLE_ARCHITECTURE, SAMPLE_COMMITTED_MANIFEST, SAMPLE_MANIFEST, SAMPLE_WEIGHTS } from './samples.js';

const read = (manifest: unknown): Manifest =>
  parseDocument(manifestField, JSON.parse(JSON.stringify(manifest)), 'manifest.json');
const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
};

it('reads a manifest with its architecture', () => {
  expect(read(SAMPLE_COMMITTED_MANIFEST)).toEqual(SAMPLE_COMMITTED_MANIFEST);
  expect(read(SAMPLE_MANIFEST)).toEqual(SAMPLE_MANIFEST);
});

it('refuses an architecture that is out of place or refers to later tensors', () => {
  const [first, ...rest] = SAMPLE_ARCHITECTURE.steps;
  const changed = (architecture: object): unknown => ({ ...SAMPLE_COMMITTED_MANIFEST, architecture });
  expect([
    refusal(() => read({ ...SAMPLE_MANIFEST, architecture: SAMPLE_ARCHITECTURE })),
    refusal(() => read({ ...SAMPLE_COMMITTED_MANIFEST, architecture: undefined })),
    refusal(() => read(changed({ ...SAMPLE_ARCHITECTURE, steps: [{ ...first, inputs: [1] }, ...rest] }))),
    refusal(() => read(changed({ ...SAMPLE_ARCHITECTURE, outputs: [4] }))),
    refusal(() => read(changed({ ...SAMPLE_ARCHITECTURE, steps: [{ ...first, kind: 'other' }] }))),
  ]).toMatchInlineSnapshot(`
   [
     "manifest.json: architecture must be present exactly for committed weights",
     "manifest.json: architecture must be present exactly for committed weights",
     "manifest.json: architecture.steps[0] must be a step that reads earlier tensors",
     "manifest.json: architecture.outputs must be numbers of tensors",
     "manifest.json: architecture.steps[0].inputs must be left out: it is not known",
   ]
  `);
});

it('reads a weights file, and refuses numbers out of range without showing them', () => {
  expect(parseWeightsFile(JSON.parse(JSON.stringify(SAMPLE_WEIGHTS)))).toEqual(SAMPLE_WEIGHTS);
  expect([
    refusal(() => parseWeightsFile({ ...SAMPLE_WEIGHTS, weights: [0, 256] })),
    refusal(() => parseWeightsFile({ ...SAMPLE_WEIGHTS, numbers: ['1.5'] })),
    refusal(() => parseWeightsFile({ ...SAMPLE_WEIGHTS, salt: '-1' })),
    refusal(() => parseWeightsFile({ ...SAMPLE_WEIGHTS, exceptions: [-1] })),
  ]).toMatchInlineSnapshot(`
   [
     "weights: weights[1] must be an integer from 0 to 255",
     "weights: numbers[0] must be a decimal integer",
     "weights: salt must be a decimal below the order of the scalar field of BN254",
     "weights: exceptions[0] must be an integer from 0 to 9007199254740991",
   ]
  `);
});
