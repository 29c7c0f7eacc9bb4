import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture, ProductStep, RequantizationWidths } from '../../src/artifacts/architecture.js';
import { emitCommittedCircuit } from '../../src/circom/emit-committed.js';
import type { Graph } from '../../src/ir/types.js';
import { requantize } from '../../src/ir/float32.js';
import type { CommittedPlan } from '../../src/plan/committed/build.js';
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

const plans = new Map<string, CommittedPlan>();

/** The plan of a fixture, made once. */
function planOf(model: string, variant = 'qdq-s8s8-pc'): CommittedPlan {
  const key = `${model} ${variant}`;
  const plan = plans.get(key) ?? buildCommittedPlan(graphOf(model, variant), PUBLIC);
  plans.set(key, plan);
  return plan;
}

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
  ['digits-mlp', 'qop-u8s8-pc', 20],
  ['digits-cnn', 'qdq-s8s8-pc', 20],
  ['digits-cnn', 'qdq-u8u8', 20],
  ['mnist-mlp', 'qdq-s8s8-pc', 1],
  ['mnist-lenet5', 'qdq-s8s8-pc', 2],
] as const)('the committed numbers of %s %s give the golden outputs', (model, variant, count) => {
  const graph = graphOf(model, variant);
  const { architecture } = planOf(model, variant);
  const numbers = numbersOf(graph, architecture);
  for (const { input, output } of goldenSamples(model, variant).slice(0, count)) {
    expect(evaluateCommitted(architecture, numbers, input)).toEqual(output);
  }
});

it('mnist-lenet5 fits a domain of 2^20, with all of its 61,706 weights private', () => {
  const { constraints } = planOf('mnist-lenet5');
  // The circuit has exactly as many: test/models/mnist-lenet5-committed.models.ts.
  expect(constraints).toBe(975_939);
  expect(constraints + 4).toBeLessThanOrEqual(2 ** 20);
});

it('two trainings give the same circuit to the byte, where their widths are the same', () => {
  const [first, second] = ['digits-mlp', 'digits-mlp-retrained'].map((model) => planOf(model));
  const widened = changeWidths(second!.architecture, (_, i) => widthsOf(first!.architecture, i));
  expect(widened).toEqual(first!.architecture);
  const text = emitCommittedCircuit(first!.architecture, first!.statement);
  expect(emitCommittedCircuit(widened, second!.statement)).toBe(text);
  expect(text).not.toContain('Gemm_');
});

it('what a second training needs is less than what the first leaves room for', () => {
  const { architecture } = planOf('digits-mlp');
  expect(() => numbersOf(graphOf('digits-mlp-retrained'), architecture)).not.toThrow();
});

it('refuses a model that does not fit, with every layer and what it needs', () => {
  const graph = graphOf('digits-mlp');
  const { architecture } = planOf('digits-mlp');
  const narrow = changeWidths(architecture, (widths, i) =>
    i === 0 ? { ...widths, divisorBits: 20 } : { ...widths, slots: 3, base: -100, window: 228 },
  );
  expect(problemsOf(() => numbersOf(graph, narrow)).map(({ location, message }) => `${location?.node}: ${message}`))
    .toMatchInlineSnapshot(`
   [
     "/0/Gemm: needs a divisor of 33 bits, the circuit has 20",
     "/2/Gemm: gives -128 .. 127, the circuit -100 .. 127",
     "/2/Gemm: needs 9 exceptions in a channel, the circuit has 3",
   ]
  `);
});

it('refuses another architecture, with every difference', () => {
  const { architecture } = planOf('digits-mlp');
  const messages = (graph: Graph): string[] =>
    problemsOf(() => numbersOf(graph, architecture)).map(({ message }) => message);
  expect(messages(graphOf('iris-mlp'))).toMatchInlineSnapshot(`
   [
     "the inputs have other sizes",
     "differs from the architecture in shape, outChannels",
     "differs from the architecture in shape, outChannels",
   ]
  `);
  expect(messages(graphOf('digits-cnn'))).toMatchInlineSnapshot(`
   [
     "the model has 3 steps, the architecture 2",
   ]
  `);
});

it('refuses every node that the mode does not have, and scales that are powers of two', () => {
  const builder = new ModelBuilder();
  const q = { scale: 0.1, zeroPoint: 0, dtype: 'int8' } as const;
  builder.input('x', 'float32', [1, 4]);
  const input = builder.dequantize(builder.quantize('x', q), q);
  for (const name of ['first', 'second']) {
    const sigmoid = builder.node('Sigmoid', [input], {}, { name });
    builder.dequantize(builder.quantize(sigmoid, q), q, name);
    builder.output(name, 'float32', [1, 4]);
  }
  const problems = problemsOf(() => buildCommittedPlan(lower(builder.encode()), PUBLIC));
  expect(problems.map(({ message }) => message)).toEqual(
    Array(2).fill('committed weights do not support a node of kind table'),
  );
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
  // The first two have accumulators that float32 rounds across a step.
  const multipliers = [Math.fround(0.0029453907627612352), Math.fround(0.002836493542417884)];
  while (multipliers.length < 6) multipliers.push(random.scale(1 / 400, 1 / 30));
  for (const [round, multiplier] of multipliers.entries()) {
    const [min, max] = [-35_000, 70_000];
    const zeroPoint = round < 2 ? -40 : random.integer(-128, 127);
    const clamp = { min: round < 2 ? -128 : random.pick([-128, zeroPoint]), max: 127 };
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
  }
  expect(exceptions).toBeGreaterThan(0);
});
