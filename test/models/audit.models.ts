/** Audits of the larger fixtures: int8 per channel, and LeNet with powers of two and with committed weights. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompileOptions } from '../../src/index.js';
import { auditCircuit, compileModel } from '../../src/index.js';

const CASES: readonly (readonly [string, CompileOptions])[] = [
  ['cancer-mlp/model.qop-u8s8-pc', {}],
  ['digits-mlp/model.qdq-u8u8', {}],
  ['mnist-mlp/model.qdq-s8s8-pc', {}],
  ['mnist-lenet5/model.qdq-s8s8-pc', {}],
  ['mnist-lenet5/model.pot', {}],
  ['mnist-resmini/model.qdq-s8s8-pc', {}],
  ['mnist-tanh/model.qdq-s8s8-pc', {}],
  ['mnist-lenet5/model.qdq-s8s8-pc', { weights: 'committed' }],
];

it.each(CASES)('%s %o: every signal is determined', async (model, options) => {
  const dir = await mkdtemp(join(tmpdir(), 'zkinfer-audit-'));
  try {
    await compileModel(join('fixtures', `${model}.onnx`), dir, options);
    const { problems, milliseconds } = await auditCircuit(dir);
    expect(problems).toEqual([]);
    if (model === 'mnist-lenet5/model.qdq-s8s8-pc' && options.weights === undefined)
      expect(milliseconds).toBeLessThan(60_000);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
