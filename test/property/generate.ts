/** Draws a graph from a seed: two to six steps, most of them after the last one, some after an earlier one. */
import type { Shape } from '../../src/ir/types.js';
import type { Bits } from '../support/compare-oracle.js';
import { BOUNDS } from '../support/compare-oracle.js';
import { Random } from '../support/random.js';
import type { GraphSettings, OperatorGenerator } from './context.js';
import { StepContext, isSmall } from './context.js';
import type { RandomGraph, Step, TensorNode } from './graph.js';
import { generators } from './operators/index.js';
import { linearGenerators } from './operators/linear.js';

/** ONNX Runtime's kernels take these types of weights with each type of activations. */
const WEIGHTS: Readonly<Record<Bits, readonly Bits[]>> = { int8: ['int8'], uint8: ['int8', 'uint8'] };

export function generateGraph(seed: number): RandomGraph {
  const random = new Random(seed);
  const dtype = random.pick(['int8', 'uint8'] as const);
  const settings: GraphSettings = {
    form: random.pick(['QDQ', 'QDQ', 'QOperator']),
    // Scales per channel need an axis, which DequantizeLinear has from opset 13.
    opset: random.pick([10, 11, 12, 13, 13, 14, 15, 16, 17, 18, 19, 20, 21]),
    dtype,
    weightDtype: random.pick(WEIGHTS[dtype]),
    perChannel: random.next() < 0.5,
  };
  if (settings.perChannel && settings.opset < 13) return generateWith({ ...settings, perChannel: false }, random);
  return generateWith(settings, random);
}

function generateWith(settings: GraphSettings, random: Random): RandomGraph {
  const [least, most] = BOUNDS[settings.dtype];
  const tensors: TensorNode[] = [];
  const inputs: TensorNode[] = [];
  const steps: Step[] = [];
  const addInput = (shape: Shape): TensorNode => {
    const scale = random.next() < 0.3 ? 2 ** -random.integer(2, 7) : random.scale(0.005, 0.1);
    const parameters = { dtype: settings.dtype, scale, zeroPoint: random.integer(least, most) };
    const tensor = { id: tensors.length, shape, parameters };
    tensors.push(tensor);
    inputs.push(tensor);
    return tensor;
  };
  addInput(randomShape(random));
  const length = random.integer(2, 6);
  while (steps.length < length) {
    const last = steps.length === length - 1;
    const readable = tensors.filter(({ parameters }) => parameters);
    const x = random.next() < 0.8 ? readable.at(-1)! : random.pick(readable);
    const step = drawStep(settings, random, last, x, tensors, addInput);
    steps.push(step);
  }
  const isRead = new Set(steps.flatMap((step) => step.inputs.map(({ id }) => id)));
  const results = steps.flatMap(({ outputs }) => outputs);
  const outputs = results.filter(({ id }, i) => !isRead.has(id) || i === results.length - 1 || random.next() < 0.1);
  return {
    ...settings,
    tensors,
    inputs,
    outputs: withOneType(outputs, steps),
    steps,
    floatEdges: settings.form === 'QDQ' && random.next() < 0.5,
    sharedDequantize: random.next() < 0.5,
  };
}

/** A statement's outputs have one type: positions are proven alone. */
function withOneType(outputs: readonly TensorNode[], steps: readonly Step[]): readonly TensorNode[] {
  const positions = steps.at(-1)!.outputs.filter(({ parameters }) => !parameters);
  return positions.length > 0 ? positions : outputs;
}

function drawStep(
  settings: GraphSettings,
  random: Random,
  last: boolean,
  x: TensorNode,
  tensors: TensorNode[],
  addInput: (shape: Shape) => TensorNode,
): Step {
  const choices = generators.filter(({ forms, isLast }) => forms.includes(settings.form) && (last || !isLast));
  for (const { generate } of drawOrder(random, choices)) {
    const step = generate(new StepContext(random, settings, x, tensors, addInput));
    if (step) return step;
  }
  throw new Error(`no operator takes a tensor of the shape [${x.shape.join(', ')}]`);
}

/** A random order; half of the time operators with windows and weights come first, as few tensors suit them. */
function drawOrder(random: Random, list: readonly OperatorGenerator[]): OperatorGenerator[] {
  const preferred = random.next() < 0.5;
  const weight = ({ op }: OperatorGenerator): number =>
    preferred && (linearGenerators.some((linear) => linear.op === op) || op.includes('Pool')) ? 1 : 0;
  return list
    .map((item) => [random.next() - weight(item), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** Images most often, with one to three spatial axes; also rows of a table. */
function randomShape(random: Random): number[] {
  for (;;) {
    const spatial = random.pick([0, 0, 1, 2, 2, 2, 3]);
    const sizes = Array.from({ length: spatial }, () => random.integer(spatial === 3 ? 2 : 3, spatial === 1 ? 20 : 7));
    const shape = spatial === 0 ? [random.integer(1, 3), random.integer(4, 24)] : [1, random.integer(1, 4), ...sizes];
    if (isSmall(shape)) return shape;
  }
}
