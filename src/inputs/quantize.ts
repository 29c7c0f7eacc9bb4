/** Numbers of a file to the integers of a tensor: ONNX QuantizeLinear for real numbers, a range check for integers. */
import type { TensorSpec } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { dtypeRange } from '../ir/types.js';
import type { InputOptions, NumberSource, SampleTensor } from './types.js';

/**
 * Rounds to the nearest integer, halves to the even one. Exact for every double.
 */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * ONNX QuantizeLinear of one real number: saturate(rint(f32(x) / scale) + zeroPoint), division in float32, rint half to even.
 */
export function quantize(value: number, spec: Pick<TensorSpec, 'dtype' | 'scale' | 'zeroPoint'>): number {
  const { min, max } = dtypeRange(spec.dtype);
  const rounded = roundHalfEven(Math.fround(Math.fround(value) / Math.fround(spec.scale))) + spec.zeroPoint;
  return Math.min(max, Math.max(min, rounded));
}

/** ONNX DequantizeLinear of integers: f32(f32(q - zeroPoint) * scale). */
export function dequantize(integers: ArrayLike<number>, spec: Pick<TensorSpec, 'scale' | 'zeroPoint'>): Float32Array {
  return Float32Array.from(integers, (q) => Math.fround((q - spec.zeroPoint) * Math.fround(spec.scale)));
}

/**
 * Binds numbers to a tensor of the model. Real numbers are what a `float` edge takes, unless they come from an array of the tensor's own
 * 8-bit dtype or `integers` is set; an `integer` edge takes integers only.
 *
 * @throws INPUT_VALUE with tensor and element index, never the value
 */
export function bindTensor(
  spec: TensorSpec,
  source: NumberSource,
  data: Float64Array,
  options: InputOptions = {},
): SampleTensor {
  return takesIntegers(spec, source, options)
    ? { name: spec.name, integers: checkIntegers(spec, data) }
    : quantizeAll(spec, data);
}

function takesIntegers(spec: TensorSpec, source: NumberSource, options: InputOptions): boolean {
  if (options.integers) return true;
  if (spec.edge === 'integer') {
    if (source !== 'float') return true;
    throw new ZkinferError('INPUT_VALUE', `tensor ${spec.name} takes ${spec.dtype} integers, the file holds floats`, {
      location: { tensor: spec.name },
      hint: `store the array as ${spec.dtype}, or give --integers if the floats are integral`,
    });
  }
  if (source !== 'int8' && source !== 'uint8') return false;
  if (source === spec.dtype) return true;
  throw new ZkinferError(
    'INPUT_VALUE',
    `tensor ${spec.name} takes real numbers or its ${spec.dtype} integers, the file holds ${source}`,
    {
      location: { tensor: spec.name },
      hint: `store real numbers as float32, or give --integers if these are the model's integers`,
    },
  );
}

function checkIntegers(spec: TensorSpec, data: Float64Array): Int32Array {
  const { min, max } = dtypeRange(spec.dtype);
  const refuse = (index: number, what: string): never => {
    throw new ZkinferError('INPUT_VALUE', `tensor ${spec.name}, element ${index}: ${what}`, {
      location: { tensor: spec.name, index },
    });
  };
  return Int32Array.from(data, (value, index) => {
    if (!Number.isFinite(value)) return refuse(index, 'not a finite number');
    if (!Number.isInteger(value)) return refuse(index, `not an integer; the tensor takes ${spec.dtype}`);
    if (value < min || value > max) return refuse(index, `outside ${min} to ${max}, the range of ${spec.dtype}`);
    return value;
  });
}

function quantizeAll(spec: TensorSpec, data: Float64Array): SampleTensor {
  const real = Float32Array.from(data);
  const integers = Int32Array.from(data, (value, index) => {
    if (Number.isFinite(value) && Number.isFinite(real[index])) return quantize(value, spec);
    const what = Number.isFinite(value) ? 'beyond the range of float32' : 'not a finite number';
    throw new ZkinferError('INPUT_VALUE', `tensor ${spec.name}, element ${index}: ${what}`, {
      location: { tensor: spec.name, index },
    });
  });
  return { name: spec.name, integers, real };
}
