import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dumpStage } from '../../src/api/stages.js';
import { FIXTURES } from '../support/golden-witness.js';

it.each(['iris-mlp/model.qdq-s8s8-pc.onnx', 'digits-cnn/model.qop-u8s8-pc.onnx'])(
  'gives %s the same plan and circuit text every time',
  (path) => {
    const model = readFileSync(join(FIXTURES, path));
    for (const stage of ['plan', 'emit']) {
      const modes = { input: 'public', output: 'committed' } as const;
      expect(dumpStage(model, stage, modes)).toBe(dumpStage(model, stage, modes));
    }
  },
);
