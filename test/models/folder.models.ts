/**
 * The models of the folders in ZKINFER_MODELS (separated as in PATH): the integer reference gives their golden outputs, and the circuit what
 * the reference gives. ZKINFER_MODELS_ONLY keeps those whose path contains a text; circuits of more than
 * ZKINFER_MODELS_CONSTRAINTS constraints (2,000,000) are not compiled.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { compileModel } from '../../src/api/compile.js';
import type { Graph } from '../../src/ir/types.js';
import { elementCount } from '../../src/ir/types.js';
import { buildPlan } from '../../src/plan/build.js';
import { BOUNDS } from '../support/compare-oracle.js';
import type { Bits } from '../support/compare-oracle.js';
import { expectWitnesses } from '../support/golden-witness.js';
import type { GoldenSample } from '../support/model-folder.js';
import { findModels } from '../support/model-folder.js';
import { Oracle } from '../support/onnxruntime.js';
import { Random } from '../support/random.js';
import { lower, runGraph, runIntegers } from '../support/run-model.js';

/** Samples that are run through the circuit. */
const WITNESSES = 2;
const MAX_CONSTRAINTS = Number(process.env.ZKINFER_MODELS_CONSTRAINTS ?? 2_000_000);

const folders = (process.env.ZKINFER_MODELS ?? '').split(delimiter).filter((folder) => folder !== '');
const models = folders.flatMap((folder) =>
  findModels(folder).map(({ path, samples }) => ({ name: relative(folder, path), path, samples })),
);
const wanted = models.filter(({ path }) => path.includes(process.env.ZKINFER_MODELS_ONLY ?? ''));

it('finds models in every folder it is given, and some that are wanted', () => {
  for (const folder of folders) expect(findModels(folder)).not.toEqual([]);
  expect(wanted.length > 0).toBe(folders.length > 0);
});

for (const { name, path, samples } of wanted) {
  describe(name, () => {
    let graph: Graph;
    let checked: readonly GoldenSample[];
    beforeAll(async () => {
      graph = lower(readFileSync(path));
      checked = samples.length > 0 ? samples : await oracleSamples(path, graph);
    });

    it(`reference: ${samples.length > 0 ? 'golden outputs' : 'outputs of ONNX Runtime on random inputs'}`, () => {
      for (const { input, output } of checked) {
        expect(runGraph(graph, named(graph, input))[graph.outputs[0]!.name]).toEqual(output);
      }
    });

    it('circuit: outputs of the reference', async () => {
      const plan = buildPlan(graph, { input: 'public', output: 'public' });
      process.stdout.write(`${name}: ${plan.constraints} constraints\n`);
      if (plan.constraints > MAX_CONSTRAINTS) return;
      const folder = mkdtempSync(join(tmpdir(), 'zkinfer-'));
      try {
        const { manifest } = await compileModel(path, join(folder, 'out'));
        expect(manifest.circuit.constraints).toBe(plan.constraints);
        const integers = checked.slice(0, WITNESSES).map(({ input }) => runIntegers(graph, named(graph, input)));
        await expectWitnesses(join(folder, 'out'), manifest, integers);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
}

function named(graph: Graph, input: readonly number[]): Record<string, readonly number[]> {
  return { [graph.inputs[0]!.name]: input };
}

/** Random integers of the first quantized tensor, and what ONNX Runtime makes of them. */
async function oracleSamples(path: string, graph: Graph): Promise<GoldenSample[]> {
  const oracle = new Oracle();
  const random = new Random(1);
  const [edge] = graph.inputs;
  const { dtype, quantization } = graph.values.get(edge!.value)!;
  const { scale, zeroPoint } = quantization ?? { scale: 1, zeroPoint: 0 };
  try {
    const samples: GoldenSample[] = [];
    for (let i = 0; i < 5; i++) {
      const integers = random.integers(elementCount(edge!.shape), ...BOUNDS[dtype as Bits]);
      const data = edge!.kind === 'float' ? integers.map((q) => Math.fround((q - zeroPoint) * scale)) : integers;
      const type = edge!.kind === 'float' ? 'float32' : (dtype as Bits);
      const outputs = await oracle.run(readFileSync(path), { [edge!.name]: { type, data, shape: edge!.shape } });
      samples.push({ input: data, output: outputs[graph.outputs[0]!.name]!.data });
    }
    return samples;
  } finally {
    oracle.close();
  }
}
