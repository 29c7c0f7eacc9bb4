/** Fixture models on their golden samples: every output of the reference equals the recorded integers. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { elementCount } from '../../src/ir/types.js';
import { importModel } from '../../src/onnx/import.js';
import { runPasses } from '../../src/passes/index.js';
import { dequantizeOutput, quantizeInput } from '../../src/reference/edges.js';
import { evaluateGraph } from '../../src/reference/evaluate.js';
import { readNpz } from './npz.js';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const SAMPLES = 20;

/** Names of a fixture's quantized variants. */
export function variants(model: string): string[] {
  const files = readdirSync(join(FIXTURES, model));
  return files.flatMap((file) => /^model\.(.+)\.onnx$/.exec(file)?.[1] ?? []);
}

/** Evaluates all samples of a variant and compares inputs, integers and floats. */
export function expectGolden(model: string, variant: string): void {
  const graph = runPasses(importModel(readFileSync(join(FIXTURES, model, `model.${variant}.onnx`))));
  const golden = readNpz(join(FIXTURES, model, `golden.${variant}.npz`));
  const x = readNpz(join(FIXTURES, model, 'inputs.npz')).x!.data as number[];
  const [input] = graph.inputs;
  const [output] = graph.outputs;
  const [xValue, yValue] = [graph.values.get(input!.value)!, graph.values.get(output!.value)!];
  const [xSize, ySize] = [elementCount(input!.shape), elementCount(output!.shape)];
  expect(x).toHaveLength(SAMPLES * xSize);
  expect([input!.kind, output!.kind]).toEqual(['float', 'float']);
  expect(xValue.quantization).toEqual({
    scale: (golden.x_scale!.data as number[])[0],
    zeroPoint: (golden.x_zero_point!.data as number[])[0],
  });
  const expected = (golden.y_int_ref ?? golden.y_int!).data as number[];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const integers = quantizeInput(input!, xValue, x.slice(sample * xSize, (sample + 1) * xSize));
    expect([...integers]).toEqual(golden.x_int!.data.slice(sample * xSize, (sample + 1) * xSize));
    const y = evaluateGraph(graph, new Map([[xValue.name, integers]])).get(yValue.name)!;
    expect([...y]).toEqual(expected.slice(sample * ySize, (sample + 1) * ySize));
    const floats = golden.y_ref!.data.slice(sample * ySize, (sample + 1) * ySize);
    expect([...dequantizeOutput(output!, yValue, y)]).toEqual(floats);
  }
}
