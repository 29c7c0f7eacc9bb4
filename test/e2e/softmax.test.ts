/** Models that end with Softmax or LogSoftmax, from the ONNX file to a witness of their circuit. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileModel } from '../../src/api/compile.js';
import { ArtifactName } from '../../src/artifacts/names.js';
import { WitnessGenerator } from '../../src/prover/witness.js';
import { ZERO_CONTEXT } from '../../src/statement/challenge.js';
import { buildStatement } from '../../src/statement/statement.js';
import { ModelBuilder } from '../support/model-builder.js';
import { Random } from '../support/random.js';
import { lower, runGraph } from '../support/run-model.js';

const folder = mkdtempSync(join(tmpdir(), 'zkinfer-softmax-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OUTPUTS = {
  Softmax: { scale: 1 / 256, zeroPoint: -128, dtype: 'int8' },
  LogSoftmax: { scale: Math.fround(0.06), zeroPoint: 127, dtype: 'int8' },
} as const;

/** int8 [1, 6] -> Gemm -> [1, 4] -> Softmax or LogSoftmax, whose result is reshaped to [2, 2]. */
function model(random: Random, op: keyof typeof OUTPUTS): Uint8Array {
  const b = new ModelBuilder();
  const [from, logits] = [
    { scale: 0.05, zeroPoint: -10, dtype: 'int8' },
    { scale: Math.fround(0.08), zeroPoint: 4, dtype: 'int8' },
  ] as const;
  const x = b.dequantize(b.input('x', 'int8', [1, 6]), from);
  const weights = b.weights([6, 4], random.integers(24, -100, 100), { scale: 0.01, zeroPoint: 0, dtype: 'int8' });
  const h = b.dequantize(b.quantize(b.node('MatMul', [x, weights]), logits), logits);
  const shares = b.node('Reshape', [b.node(op, [h], { axis: -1 }), b.constant('int64', [2], [2, 2])]);
  b.quantize(shares, OUTPUTS[op], 'y');
  b.output('y', 'int8', [2, 2]);
  return b.encode();
}

it.each(['Softmax', 'LogSoftmax'] as const)(
  '%s is proven exactly, and its constraints are predicted',
  async (op) => {
    const random = new Random(8);
    const onnx = model(random, op);
    const path = join(folder, `${op}.onnx`);
    writeFileSync(path, onnx);
    const { manifest, predictedConstraints } = await compileModel(path, join(folder, op));
    expect(manifest.circuit.constraints).toBe(predictedConstraints);
    const generator = await WitnessGenerator.load(join(folder, op, ArtifactName.witnessProgram));
    const calculate = async (input: number[], output: number[]): Promise<Uint8Array> => {
      const { statement: layout, modelId } = manifest;
      const { C, r, s } = await buildStatement({ layout, modelId, context: ZERO_CONTEXT, values: { input, output } });
      return generator.calculate({ C, r, s, x: input });
    };
    const graph = lower(onnx);
    for (let i = 0; i < 10; i++) {
      const input = random.integers(6, -128, 127);
      const output = runGraph(graph, { x: input })['y']!;
      await calculate(input, output);
      const wrong = output.with(1, output[1]! === 127 ? 126 : output[1]! + 1);
      await expect(calculate(input, wrong)).rejects.toMatchObject({ code: 'CHECK_FAILED' });
    }
  },
  120_000,
);
