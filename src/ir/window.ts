/**
 * Geometry of sliding windows (Conv, MaxPool): which input elements an output element sees. One definition for everyone who
 * walks windows, so that all agree on padding, strides and dilations (ONNX operator specification, Conv and MaxPool).
 */
import type { Shape, Window } from './types.js';

/** Elements that the dilated kernel spans along one spatial axis. */
export function kernelExtent(window: Window, axis: number): number {
  return (window.kernel[axis]! - 1) * window.dilations[axis]! + 1;
}

/** Output size along one spatial axis; 0 or less where the kernel does not fit. */
export function windowOutputSize(inputSize: number, window: Window, axis: number): number {
  const padded = inputSize + window.padsBegin[axis]! + window.padsEnd[axis]!;
  return Math.floor((padded - kernelExtent(window, axis)) / window.strides[axis]!) + 1;
}

/** Spatial output shape for a spatial input shape. */
export function windowOutputShape(spatial: Shape, window: Window): number[] {
  return spatial.map((size, axis) => windowOutputSize(size, window, axis));
}

/** Input index along one axis that output `position` sees through kernel tap `tap`, or -1 for padding. */
export function windowInputIndex(
  inputSize: number,
  window: Window,
  axis: number,
  position: number,
  tap: number,
): number {
  const index = position * window.strides[axis]! + tap * window.dilations[axis]! - window.padsBegin[axis]!;
  return index >= 0 && index < inputSize ? index : -1;
}

/** Whether any tap of any output position falls on padding. */
export function hasPadding(window: Window): boolean {
  return window.padsBegin.some((pad) => pad > 0) || window.padsEnd.some((pad) => pad > 0);
}

/** All windows of one channel, flattened. */
export interface WindowTaps {
  readonly outputSpatial: readonly number[];
  /** Number of output positions. */
  readonly positions: number;
  /** Number of kernel taps. */
  readonly taps: number;
  /** [positions, taps], row-major: flat spatial input index, or -1 for padding. */
  readonly indices: Int32Array;
}

/** Lists, for every output position and kernel tap, the flat spatial input index it reads. */
export function windowTaps(inputSpatial: Shape, window: Window): WindowTaps {
  const outputSpatial = windowOutputShape(inputSpatial, window);
  const positions = outputSpatial.reduce((a, b) => a * b, 1);
  const taps = window.kernel.reduce((a, b) => a * b, 1);
  const indices = new Int32Array(positions * taps);
  for (let axis = 0; axis < inputSpatial.length; axis++) addAxis(indices, inputSpatial, outputSpatial, window, axis);
  return { outputSpatial, positions, taps, indices };
}

/** Adds one axis's contribution to flat indices; -1 stays -1. */
function addAxis(indices: Int32Array, input: Shape, output: Shape, window: Window, axis: number): void {
  const after = (shape: Shape): number => shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const size = output[axis]!;
  const kernel = window.kernel[axis]!;
  const perAxis = new Int32Array(size * kernel);
  for (let position = 0; position < size; position++) {
    for (let tap = 0; tap < kernel; tap++) {
      perAxis[position * kernel + tap] = windowInputIndex(input[axis]!, window, axis, position, tap);
    }
  }
  const positionsAfter = after(output);
  const tapsAfter = after(window.kernel);
  const stride = after(input);
  const taps = window.kernel.reduce((a, b) => a * b, 1);
  for (let i = 0; i < indices.length; i++) {
    if (indices[i] === -1) continue;
    const position = Math.floor(Math.floor(i / taps) / positionsAfter) % size;
    const tap = Math.floor((i % taps) / tapsAfter) % kernel;
    const index = perAxis[position * kernel + tap]!;
    indices[i] = index === -1 ? -1 : indices[i]! + index * stride;
  }
}
