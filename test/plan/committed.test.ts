import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspectModel } from '../../src/api/inspect.js';
import type { Architecture, ProductStep, RequantizationWidths } from '../../src/artifacts/architecture.js';
import { emitCommittedCircuit } from '../../src/circom/emit-committed.js';
import type { Graph } from '../../src/ir/types.js';
import { requantize } from '../../src/ir/float32.js';
import { buildCommittedPlan } from '../../src/plan/committed/build.js';
import { formWithDivisor, smallestForm } from '../../src/plan/committed/channel.js';
import { evaluateCommitted } from '../../src/plan/committed/evaluate.js';
import { applyForm } from '../../src/plan/form.js';
import { numbersOf } from '../../src/plan/committed/weights.js';
import { FIXTURES, goldenSamples } from '../support/golden-witness.js';
import { ModelBuilder } from '../support/model-builder.js';
import { problemsOf } from '../support/problems.js';
import { Random } from '../support/random.js';
import { lower } from '../support/run-model.js';

const PUBLIC = { input: 'public', output: 'public' } as const;
const graphOf = (model: string, variant = 'qdq-s8s8-pc'): Graph =>
  lower(readFileSync(join(FIXTURES, model, `model.${variant}.onnx`)));

/** The architecture with other widths in its product steps. */
function changeWidths(
  architecture: Architecture,
  change: (widths: RequantizationWidths, i: number) => RequantizationWidths,
): Architecture {
  const steps = architecture.steps.map((step, i) =>
    step.kind === 'product' ? { ...step, requantization: change(step.requantization, i) } : step,
  );
  return { ...architecture, steps };
}

const widthsOf = ({ steps }: Architecture, i: number): RequantizationWidths => (steps[i] as ProductStep).requantization;

it.each([
  ['iris-mlp', 'qdq-s8s8-pc', 20],
  ['iris-mlp', 'qdq-u8u8', 20],
  ['iris-mlp', 'qop-u8s8-pc', 20],
  ['cancer-mlp', 'qdq-u8u8', 20],
  ['digits-mlp', 'qop-u8s8-pc', 20],
  ['digits-cnn', 'qdq-s8s8-pc', 20],
  ['digits-cnn', 'qdq-u8u8', 20],
  ['mnist-mlp', 'qdq-s8s8-pc', 3],
  ['mnist-lenet5', 'qdq-s8s8-pc', 2],
  ['mnist-lenet5', 'qdq-u8u8', 2],
] as const)('the committed numbers of %s %s give the golden outputs', (model, variant, count) => {
  const graph = graphOf(model, variant);
  const { architecture } = buildCommittedPlan(graph, PUBLIC);
  const numbers = numbersOf(graph, architecture);
  for (const { input, output } of goldenSamples(model, variant).slice(0, count)) {
    expect(evaluateCommitted(architecture, numbers, input)).toEqual(output);
  }
});

it('mnist-lenet5 fits a domain of 2^20, with all of its 61,706 weights private', () => {
  const report = inspectModel(readFileSync(join(FIXTURES, 'mnist-lenet5/model.qdq-s8s8-pc.onnx')), {
    weights: 'committed',
  });
  // The circuit has exactly as many: test/models/mnist-lenet5-committed.models.ts.
  expect(report.constraints).toBe(975_939);
  expect(report.domainPower).toBe(20);
});

it('two trainings give the same circuit to the byte, where their widths are the same', () => {
  const [first, second] = ['digits-mlp', 'digits-mlp-retrained'].map((model) =>
    buildCommittedPlan(graphOf(model), PUBLIC),
  );
  const widened = changeWidths(second!.architecture, (_, i) => widthsOf(first!.architecture, i));
  expect(widened).toEqual(first!.architecture);
  const text = emitCommittedCircuit(first!.architecture, first!.statement);
  expect(emitCommittedCircuit(widened, second!.statement)).toBe(text);
  expect(text).not.toContain('Gemm_');
});

it('what a second training needs is less than what the first leaves room for', () => {
  const { architecture } = buildCommittedPlan(graphOf('digits-mlp'), PUBLIC);
  expect(() => numbersOf(graphOf('digits-mlp-retrained'), architecture)).not.toThrow();
});

it('refuses a model that does not fit, with every layer and what it needs', () => {
  const graph = graphOf('digits-mlp');
  const { architecture } = buildCommittedPlan(graph, PUBLIC);
  const narrow = changeWidths(architecture, (widths, i) =>
    i === 0 ? { ...widths, divisorBits: 20 } : { ...widths, slots: 3, base: -100, window: 228 },
  );
  expect(
    problemsOf(() => numbersOf(graph, narrow)).map(({ location, message }) => `${location?.node}: ${message}`),
  ).toMatchInlineSnapshot();
});

it('refuses another architecture, with every difference', () => {
  const { architecture } = buildCommittedPlan(graphOf('digits-mlp'), PUBLIC);
  const messages = (graph: Graph): string[] =>
    problemsOf(() => numbersOf(graph, architecture)).map(({ message }) => message);
  expect(messages(graphOf('iris-mlp'))).toMatchInlineSnapshot();
  expect(messages(graphOf('digits-cnn'))).toMatchInlineSnapshot();
});

it('refuses every node that the mode does not have, and scales that are powers of two', () => {
  const builder = new ModelBuilder();
  const q = { scale: 0.1, zeroPoint: 0, dtype: 'int8' } as const;
  builder.input('x', 'float32', [1, 4]);
  const input = builder.dequantize(builder.quantize('x', q), q);
  const first = builder.node('Sigmoid', [input], {}, { name: 'first' });
  const middle = builder.dequantize(builder.quantize(first, q), q);
  const second = builder.node('Sigmoid', [middle], {}, { name: 'second' });
  builder.dequantize(builder.quantize(second, q), q, 'y');
  builder.output('y', 'float32', [1, 4]);
  const problems = problemsOf(() => buildCommittedPlan(lower(builder.encode()), PUBLIC));
  expect(problems.map(({ location }) => location?.node)).toEqual(['first', 'second']);
  expect(problems[0]).toMatchObject({
    code: 'MODEL_UNSUPPORTED',
    hint: expect.stringContaining('--weights fixed') as string,
  });

  const dyadic = problemsOf(() => buildCommittedPlan(graphOf('mnist-lenet5', 'pot'), PUBLIC));
  expect(dyadic.length).toBeGreaterThan(1);
  expect(dyadic[0]!.message).toMatch(/no form with a power of two as divisor/);
});

it('forms with a power of two as divisor equal float32 on every accumulator', () => {
  const random = new Random(21);
  let exceptions = 0;
  for (let round = 0; round < 60; round++) {
    const multiplier = random.scale(1 / 3000, 1 / 3);
    const [min, max] = [-random.integer(1, 40_000), random.integer(1, 40_000)];
    const zeroPoint = random.integer(-128, 127);
    const clamp = { min: random.pick([-128, zeroPoint]), max: 127 };
    const channel = { range: { min, max }, multiplier, zeroPoint, clamp };
    const found = smallestForm(channel)!;
    const wider = formWithDivisor(channel, found.divisorBits + 2)!;
    for (const { form, divisorBits } of [found, wider]) {
      expect(form.divisor).toBe(2 ** divisorBits);
      exceptions += form.raised.length + form.lowered.length;
      for (let acc = min; acc <= max; acc++) {
        if (applyForm(form, acc) !== requantize(acc, multiplier, zeroPoint, clamp)) throw new Error(`${acc}`);
      }
    }
    expect(formWithDivisor(channel, found.divisorBits - 1)).toBeUndefined();
  }
  expect(exceptions).toBeGreaterThan(0);
});
