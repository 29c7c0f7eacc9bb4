/** Records of a file to samples of a model: names, shapes, batches. */
import type { TensorSpec } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { elementCount } from '../ir/types.js';
import type { Shape } from '../ir/types.js';
import { bindTensor } from './quantize.js';
import type { InputOptions, RawRecord, RawTensor, SampleTensor } from './types.js';

/** What a record holds for the tensors of a model: each sample is bound when it is asked for. */
export interface BoundRecord {
  /** How many samples. */
  readonly count: number;
  /**
   * The tensors of one of them, in the order of the model.
   * @throws INPUT_SHAPE, INPUT_VALUE for what is wrong with this sample
   */
  readonly tensors: (index: number) => readonly SampleTensor[];
}

/**
 * The samples of one record. An array holds one sample where it has the tensor's dimensions (dimensions of 1 aside) or is a flat list of
 * its elements, and several where one more dimension comes first or its first dimension is a multiple of the tensor's.
 *
 * @throws INPUT_SHAPE, INPUT_VALUE for what is wrong with the record as a whole
 */
export function bindRecord(record: RawRecord, specs: readonly TensorSpec[], options: InputOptions = {}): BoundRecord {
  if (record.kind === 'row') return { count: 1, tensors: () => bindRow(record.data, record.line, specs, options) };
  const batches = matchNames(record, specs).map(([spec, tensor]) => ({
    spec,
    tensor,
    count: sampleCount(spec, tensor),
  }));
  const count = batches[0]!.count;
  for (const { spec, count: other } of batches) {
    if (other !== count) {
      throw new ZkinferError(
        'INPUT_SHAPE',
        `tensor ${spec.name} holds ${other} samples, tensor ${batches[0]!.spec.name} holds ${count}`,
        { location: { tensor: spec.name } },
      );
    }
  }
  return {
    count,
    tensors: (index) =>
      batches.map(({ spec, tensor }) => {
        const size = elementCount(spec.shape);
        return bindTensor(spec, tensor.source, tensor.data.subarray(index * size, (index + 1) * size), options);
      }),
  };
}

function matchNames(
  record: Exclude<RawRecord, { kind: 'row' }>,
  specs: readonly TensorSpec[],
): (readonly [TensorSpec, RawTensor])[] {
  if (record.kind === 'unnamed') {
    if (specs.length === 1) return [[specs[0]!, record.tensor]];
    throw new ZkinferError(
      'INPUT_SHAPE',
      `the model takes ${specs.length} tensors, the file holds one without a name`,
      {
        hint: `give them by name: ${specs.map((spec) => spec.name).join(', ')}`,
      },
    );
  }
  const found = [...record.tensors.keys()];
  const unknown = found.filter((name) => !specs.some((spec) => spec.name === name));
  if (record.strict && unknown.length > 0) {
    throw new ZkinferError('INPUT_SHAPE', `the model has no input named ${unknown.join(', ')}`, {
      location: { tensor: unknown[0]! },
      hint: `its inputs are: ${specs.map((spec) => spec.name).join(', ')}`,
    });
  }
  const stranger = record.strict ? undefined : soleFittingArray(record.tensors, specs);
  return specs.map((spec) => {
    const tensor = record.tensors.get(spec.name) ?? stranger;
    if (tensor !== undefined) return [spec, tensor] as const;
    throw new ZkinferError('INPUT_SHAPE', `the file has no tensor named ${spec.name}`, {
      location: { tensor: spec.name },
      hint: found.length === 0 ? 'the file is empty' : `it holds: ${found.join(', ')}`,
    });
  });
}

/** For a model of one input whose name the archive does not have (NumPy's own names are arr_0, ...): the only array of a fitting shape. */
function soleFittingArray(
  tensors: ReadonlyMap<string, RawTensor>,
  specs: readonly TensorSpec[],
): RawTensor | undefined {
  const [spec] = specs;
  if (spec === undefined || specs.length > 1) return undefined;
  const fitting = [...tensors.values()].filter((tensor) => countSamples(spec, tensor) !== undefined);
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** How many samples an array holds; undefined where its shape does not fit. */
export function countSamples(spec: TensorSpec, tensor: Pick<RawTensor, 'shape'>): number | undefined {
  const expected = spec.shape.filter((dimension) => dimension !== 1);
  const actual = tensor.shape.filter((dimension) => dimension !== 1);
  if (equal(actual, expected)) return 1;
  if (actual.length === expected.length + 1 && equal(actual.slice(1), expected)) return actual[0]!;
  // A tensor that carries a batch: an array of more samples holds several batches.
  const isBatched = actual.length === expected.length && expected[0] === spec.shape[0];
  if (isBatched && equal(actual.slice(1), expected.slice(1)) && actual[0]! % expected[0]! === 0) {
    return actual[0]! / expected[0]!;
  }
  return actual.length === 1 && actual[0] === elementCount(spec.shape) ? 1 : undefined;
}

function sampleCount(spec: TensorSpec, tensor: RawTensor): number {
  const count = countSamples(spec, tensor);
  if (count === 0) {
    throw new ZkinferError('INPUT_SHAPE', `tensor ${spec.name} holds no sample`, { location: { tensor: spec.name } });
  }
  if (count !== undefined) return count;
  const size = elementCount(spec.shape);
  throw new ZkinferError(
    'INPUT_SHAPE',
    `tensor ${spec.name} has shape ${shapeText(tensor.shape)}, the model takes ${shapeText(spec.shape)}`,
    {
      location: { tensor: spec.name },
      hint: `give ${size} numbers, flat or nested; several samples in one array need one more dimension in front`,
    },
  );
}

function bindRow(
  data: Float64Array,
  line: number,
  specs: readonly TensorSpec[],
  options: InputOptions,
): SampleTensor[] {
  const total = specs.reduce((sum, spec) => sum + elementCount(spec.shape), 0);
  if (data.length !== total) {
    const names = specs.map((spec) => `${spec.name} ${shapeText(spec.shape)}`).join(', ');
    throw new ZkinferError(
      'INPUT_SHAPE',
      `line ${line} holds ${data.length} numbers, the model takes ${total}: ${names}`,
      {
        location: { tensor: specs[0]!.name },
      },
    );
  }
  let offset = 0;
  return specs.map((spec) => {
    const size = elementCount(spec.shape);
    const bound = bindTensor(spec, 'text', data.subarray(offset, offset + size), options);
    offset += size;
    return bound;
  });
}

/** `[1, 8, 8]`, for messages. */
export function shapeText(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

function equal(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}
