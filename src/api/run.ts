/** The integer result of a model, without a proof. */
import type { TensorSpec } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { dequantize } from '../inputs/quantize.js';
import type { SampleTensor } from '../inputs/types.js';
import { elementCount } from '../ir/types.js';
import { evaluateGraph } from '../reference/evaluate.js';
import type { LoadedModel } from './load-model.js';

export interface OutputTensor extends TensorSpec {
  /** What a proof speaks of, row-major. */
  readonly integers: Int32Array;
  /** Dequantized, where the model gives real numbers. */
  readonly real?: Float32Array;
}

/**
 * Evaluates a model by the exact integer reference.
 *
 * @param inputs one per model input, in its order: the tensors of a sample
 * @returns one per model output, in its order
 * @throws INPUT_SHAPE, INPUT_VALUE
 */
export function runModel(model: LoadedModel, inputs: readonly SampleTensor[]): OutputTensor[] {
  const { graph } = model;
  const values = graph.inputs.map(({ name, value }) => {
    const tensor = inputs.find((input) => input.name === name);
    if (tensor) return [value, tensor.integers] as const;
    throw new ZkinferError('INPUT_SHAPE', `the input ${name} is missing`, { location: { tensor: name } });
  });
  const results = evaluateGraph(graph, new Map(values));
  return model.outputs.map((spec, i) => outputTensor(spec, results.get(graph.outputs[i]!.value)!));
}

function outputTensor(spec: TensorSpec, integers: Int32Array): OutputTensor {
  return { ...spec, integers, ...(spec.edge === 'float' ? { real: dequantize(integers, spec) } : {}) };
}

/** The inverse of joinElements, for outputs. */
export function splitElements(specs: readonly TensorSpec[], elements: readonly number[]): OutputTensor[] {
  let from = 0;
  return specs.map((spec) => {
    const size = elementCount(spec.shape);
    return outputTensor(spec, Int32Array.from(elements.slice(from, (from += size))));
  });
}

/** Elements of all tensors of a part, one after the other, as statements have them. */
export function joinElements(tensors: readonly { readonly integers: Int32Array }[]): number[] {
  return tensors.flatMap(({ integers }) => [...integers]);
}
