/** Side by side with ONNX Runtime, which is loaded only here and only when asked for. */
import type * as OnnxRuntimeModule from 'onnxruntime-node';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { TensorSpec } from '../artifacts/types.js';
import { throwIfAborted, ZkinferError } from '../errors.js';
import { dequantize, quantize } from '../inputs/quantize.js';
import type { SampleTensor } from '../inputs/types.js';
import type { LoadedModel } from './load-model.js';
import type { OutputTensor } from './run.js';

type OnnxRuntime = typeof OnnxRuntimeModule;

/** How one output tensor of ONNX Runtime differs from the exact integers. */
export interface OutputDifference {
  readonly name: string;
  readonly elements: number;
  /** Elements whose integer differs. */
  readonly different: number;
  /** Largest difference, in integer steps. */
  readonly largest: number;
}

export interface OrtComparison {
  readonly version: string;
  /** With the session option x64quantprecision, under which its integer kernels do not saturate intermediates. */
  readonly exact: readonly OutputDifference[];
  /** As it runs by default on this machine. */
  readonly default: readonly OutputDifference[];
}

/**
 * Runs a sample through ONNX Runtime, graph optimizations on, in exact and in default mode, and counts differing integers.
 *
 * @param outputs of `runModel` for the same sample
 * @throws USAGE for an artifact directory with a batch; TOOL_FAILED when the optional package onnxruntime-node is missing or refuses the model
 */
export async function compareWithOrt(
  model: LoadedModel,
  inputs: readonly SampleTensor[],
  outputs: readonly OutputTensor[],
  signal?: AbortSignal,
): Promise<OrtComparison> {
  if ((model.manifest?.batch ?? 1) > 1) {
    throw new ZkinferError('USAGE', 'a batch cannot be compared with ONNX Runtime', {
      hint: 'compare the ONNX file itself, one sample at a time',
    });
  }
  const ort = await loadOrt();
  const feeds = Object.fromEntries(model.inputs.map((spec) => [spec.name, feed(ort, spec, inputs)]));
  const compare = async (options: InferenceSession.SessionOptions): Promise<OutputDifference[]> => {
    throwIfAborted(signal);
    const results = await runSession(ort, model.bytes, feeds, options);
    return outputs.map((output) => difference(output, results[output.name]!));
  };
  return {
    version: ort.env.versions.node ?? ort.env.versions.common,
    exact: await compare({ extra: { session: { x64quantprecision: '1' } } }),
    default: await compare({}),
  };
}

async function loadOrt(): Promise<OnnxRuntime> {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    throw new ZkinferError('TOOL_FAILED', 'the optional package onnxruntime-node is not installed', {
      hint: 'npm install onnxruntime-node',
      cause,
    });
  }
}

/** The tensor as the graph takes it: the user's own real numbers where there are some. */
function feed(ort: OnnxRuntime, spec: TensorSpec, inputs: readonly SampleTensor[]): Tensor {
  const { integers, real } = inputs.find(({ name }) => name === spec.name)!;
  if (spec.edge === 'float') return new ort.Tensor('float32', real ?? dequantize(integers, spec), spec.shape);
  const data = spec.dtype === 'int8' ? Int8Array.from(integers) : Uint8Array.from(integers);
  return new ort.Tensor(spec.dtype, data, spec.shape);
}

async function runSession(
  ort: OnnxRuntime,
  bytes: Uint8Array,
  feeds: Record<string, Tensor>,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession.OnnxValueMapType> {
  try {
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      intraOpNumThreads: 1,
      logSeverityLevel: 3,
      ...options,
    });
    try {
      return await session.run(feeds);
    } finally {
      await session.release();
    }
  } catch (cause) {
    throw new ZkinferError('TOOL_FAILED', 'ONNX Runtime does not run this model', { cause });
  }
}

function difference(output: OutputTensor, result: InferenceSession.OnnxValueMapType[string]): OutputDifference {
  const data = result.data as ArrayLike<number>;
  let [different, largest] = [0, 0];
  output.integers.forEach((expected, i) => {
    const actual = output.edge === 'float' ? quantize(data[i]!, output) : data[i]!;
    if (actual !== expected) different += 1;
    largest = Math.max(largest, Math.abs(actual - expected));
  });
  return { name: output.name, elements: output.integers.length, different, largest };
}
