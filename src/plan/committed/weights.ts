import type { Architecture, ProductStep, RequantizationWidths, Step } from '../../artifacts/architecture.js';
import type { CommittedNumbers } from '../../artifacts/weights-file.js';
import { ProblemsError, ZkinferError } from '../../errors.js';
import type { Graph } from '../../ir/types.js';
import { checkMultipliers } from '../requantization.js';
import type { PackedNumbers } from '../../statement/weights.js';
import type { ProductSource } from './architecture.js';
import { isProductSource, outlineOf } from './architecture.js';
import type { ChannelForm } from './channel.js';
import { formWithDivisor } from './channel.js';
import { exceptionGroups } from './cost.js';
import { productGeometry } from './geometry.js';
import { neededWidths, widthsOf } from './widths.js';

/**
 * The numbers of a model, laid out for the circuit of an architecture.
 * @throws ProblemsError MODEL_UNSUPPORTED with every layer that differs from the architecture's or does not fit its widths
 */
export function numbersOf(graph: Graph, architecture: Architecture): CommittedNumbers {
  const outline = outlineOf(graph);
  const problems = shapeProblems(architecture, outline);
  if (problems.length > 0) throw new ProblemsError('the model has another architecture', problems);
  const layers: LayerNumbers[] = [];
  outline.steps.forEach((source, i) => {
    if (!isProductSource(source)) return;
    try {
      layers.push(layerNumbers(source, architecture.steps[i] as ProductStep, outline.names[i]!));
    } catch (error) {
      if (!(error instanceof ProblemsError || error instanceof ZkinferError)) throw error;
      problems.push(...(error instanceof ProblemsError ? error.problems : [error]));
    }
  });
  if (problems.length > 0) throw new ProblemsError('the model does not fit the compiled architecture', problems);
  return {
    weights: layers.flatMap(({ weights }) => weights),
    numbers: layers.flatMap(({ numbers }) => numbers.map(String)),
    exceptions: layers.flatMap(({ exceptions }) => exceptions),
  };
}

/** The committed numbers as the commitment packs them. */
export function packedParts(numbers: CommittedNumbers, steps: readonly Step[]): PackedNumbers[] {
  let offset = 0;
  const exceptions = exceptionGroups(steps).map(({ count, bits }) => {
    const values = numbers.exceptions.slice(offset, (offset += count));
    return { values, bits };
  });
  return [{ values: numbers.weights, bits: 8 }, ...exceptions];
}

type NamedOutline = ReturnType<typeof outlineOf>;

/** Where a model's shapes are not those of the architecture. */
function shapeProblems(architecture: Architecture, outline: NamedOutline): ZkinferError[] {
  const problems: ZkinferError[] = [];
  const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
  if (differs(architecture.inputs, outline.inputs)) problems.push(mismatch('the inputs have other sizes'));
  if (architecture.steps.length !== outline.steps.length) {
    const [has, wanted] = [outline.steps.length, architecture.steps.length];
    problems.push(mismatch(`the model has ${has} steps, the architecture ${wanted}`));
    return problems;
  }
  outline.steps.forEach((source, i) => {
    const step = architecture.steps[i]!;
    const shape = isProductSource(source) ? source.step : source;
    const keys = new Set([...Object.keys(shape), ...Object.keys(step)]);
    keys.delete('requantization');
    const different = [...keys].filter((key) =>
      differs(shape[key as keyof typeof shape], step[key as keyof typeof shape]),
    );
    if (different.length > 0)
      problems.push(mismatch(`differs from the architecture in ${different.join(', ')}`, outline.names[i]));
  });
  if (differs(architecture.outputs, outline.outputs)) problems.push(mismatch('the outputs are other tensors'));
  return problems;
}

function mismatch(message: string, node?: string): ZkinferError {
  return new ZkinferError('MODEL_UNSUPPORTED', message, {
    ...(node === undefined ? {} : { location: { node } }),
    hint: 'Compile this model to a directory of its own, or name the directory of its architecture.',
  });
}

interface LayerNumbers {
  readonly weights: readonly number[];
  readonly numbers: readonly number[];
  readonly exceptions: readonly number[];
}

function layerNumbers(source: ProductSource, step: ProductStep, name: string): LayerNumbers {
  checkMultipliers(source.requantize);
  const widths = step.requantization;
  const forms = source.channels.map((channel) => formWithDivisor(channel, widths.divisorBits));
  const problems = widthProblems(source, widths, forms, name);
  if (problems.length > 0) throw new ProblemsError('a layer does not fit', problems);
  const zero = weightZero(source, name);
  const { bias } = source.linear;
  const numbers = [source.inputZero, zero];
  const exceptions: number[] = [];
  // Exceptions are of the sum without bias. Zero, the lowest, is reached by no accumulator.
  const raise = 2 ** (productGeometry(step).accumulatorBits - 1);
  forms.forEach((found, c) => {
    const { multiplier, offset, raised, lowered } = found!.form;
    numbers.push(multiplier, offset + multiplier * bias[c]!);
    const values = [...raised, ...lowered].map((acc) => acc - bias[c]! + raise);
    exceptions.push(...values, ...Array<number>(widths.slots - values.length).fill(0));
  });
  return { weights: weightRows(source).map((weight) => weight + zero), numbers, exceptions };
}

/** Weights as [out channels, channels / group, taps]. */
function weightRows({ linear }: ProductSource): number[] {
  if (linear.kind === 'conv') return [...linear.weights];
  const columns = linear.bias.length;
  const rows = linear.weights.length / columns;
  return Array.from({ length: columns * rows }, (_, i) => linear.weights[(i % rows) * columns + Math.floor(i / rows)]!);
}

/** What makes bytes of the weights: 128 for signed weights, the zero point or another number for the rest. */
function weightZero(source: ProductSource, name: string): number {
  const { weights } = source.linear;
  const least = weights.reduce((a, b) => Math.min(a, b), 0);
  const most = weights.reduce((a, b) => Math.max(a, b), 0);
  if (least >= -128 && most <= 127) return 128;
  if (most - least <= 255) return -least;
  throw new ZkinferError('MODEL_UNSUPPORTED', 'its weights span more than 256 values: they have several zero points', {
    location: { node: name },
    hint: 'Quantize the weights with one zero point for each layer, or symmetrically.',
  });
}

function widthProblems(
  source: ProductSource,
  widths: RequantizationWidths,
  forms: readonly (ChannelForm | undefined)[],
  name: string,
): ZkinferError[] {
  if (forms.some((form) => form === undefined)) {
    const { needed } = neededWidths(source, name);
    return [tooNarrow(name, `needs a divisor of ${needed.divisorBits} bits, the circuit has ${widths.divisorBits}`)];
  }
  const needed = widthsOf(source, widths.divisorBits, forms);
  const problems: ZkinferError[] = [];
  if (needed.base !== widths.base || needed.window !== widths.window) {
    const range = ({ base, window }: RequantizationWidths): string => `${base} .. ${base + window - 1}`;
    problems.push(tooNarrow(name, `gives ${range(needed)}, the circuit ${range(widths)}`));
  }
  if (needed.excessBits > widths.excessBits) {
    problems.push(
      tooNarrow(name, `needs ${needed.excessBits} bits beyond saturation, the circuit has ${widths.excessBits}`),
    );
  }
  if (needed.slots > widths.slots) {
    problems.push(tooNarrow(name, `needs ${needed.slots} exceptions in a channel, the circuit has ${widths.slots}`));
  }
  return problems;
}

function tooNarrow(node: string, message: string): ZkinferError {
  return new ZkinferError('MODEL_UNSUPPORTED', message, {
    location: { node },
    hint: 'Compile this model to another directory (its circuit then has the room), and commit both models to that one.',
  });
}
