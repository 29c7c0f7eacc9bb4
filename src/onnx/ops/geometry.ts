/** Windows of Conv and MaxPool from their attributes (ONNX operator specification): auto_pad and ceil_mode resolved to plain pads. */
import { elementCount } from '../../ir/types.js';
import type { Attribute, Shape, Window } from '../../ir/types.js';
import { kernelExtent, windowOutputShape } from '../../ir/window.js';
import type { OpContext } from '../context.js';

/** Greatest kernel size, stride, dilation and pad: far above real models, small enough that products stay exact. */
const MAX_EXTENT = 2 ** 16;

/** Most window elements (output positions times kernel taps) of one channel. */
const MAX_WINDOW_ELEMENTS = 2 ** 26;

/** The window over `spatial` input sizes. */
export function resolveWindow(context: OpContext, spatial: Shape, kernel: readonly number[]): Window {
  const padded = declaredWindow(context, spatial, kernel);
  return context.int('ceil_mode', 0) === 0 ? padded : applyCeilMode(spatial, padded);
}

/** The window with the pads that the model gives, before ceil_mode adds to them. */
export function declaredWindow(context: OpContext, spatial: Shape, kernel: readonly number[]): Window {
  const rank = spatial.length;
  if (rank < 1 || rank > 3) context.refuse(`it has ${rank} spatial axes; supported: 1 to 3`);
  const declared = context.ints('kernel_shape');
  if (declared && declared.join() !== kernel.join())
    context.invalid(`kernel_shape is [${declared.join(', ')}], weights say otherwise`);
  const strides = context.ints('strides') ?? new Array<number>(rank).fill(1);
  const dilations = context.ints('dilations') ?? new Array<number>(rank).fill(1);
  checkList(context, 'kernel_shape', kernel, rank, 1);
  checkList(context, 'strides', strides, rank, 1);
  checkList(context, 'dilations', dilations, rank, 1);
  const open = {
    kernel,
    strides,
    dilations,
    padsBegin: new Array<number>(rank).fill(0),
    padsEnd: new Array<number>(rank).fill(0),
  };
  return { ...open, ...resolvePads(context, spatial, open) };
}

/** The window as attributes in normal form. */
export function windowAttributes(window: Window): Record<string, Attribute> {
  return {
    kernel_shape: window.kernel,
    strides: window.strides,
    dilations: window.dilations,
    pads: [...window.padsBegin, ...window.padsEnd],
  };
}

/** Output shape [batch, channels, spatial...]; refuses windows that do not fit or that see nothing but padding. */
export function windowedShape(context: OpContext, input: Shape, channels: number, window: Window): number[] {
  const spatial = windowOutputShape(input.slice(2), window);
  if (spatial.some((size) => size < 1)) context.invalid('its window is larger than its input');
  if (elementCount(spatial) * elementCount(window.kernel) > MAX_WINDOW_ELEMENTS)
    context.refuse('its windows are too large');
  return [input[0]!, channels, ...spatial];
}

function checkList(context: OpContext, name: string, list: readonly number[], length: number, least: number): void {
  if (list.length !== length) context.invalid(`${name} has ${list.length} entries instead of ${length}`);
  if (list.some((n) => n < least || n > MAX_EXTENT)) context.invalid(`${name} is [${list.join(', ')}]`);
}

function resolvePads(context: OpContext, spatial: Shape, window: Window): Pick<Window, 'padsBegin' | 'padsEnd'> {
  const rank = spatial.length;
  const auto = context.text('auto_pad', 'NOTSET');
  if (auto === 'VALID') return window;
  if (auto === 'NOTSET') {
    const pads = context.ints('pads') ?? new Array<number>(2 * rank).fill(0);
    checkList(context, 'pads', pads, 2 * rank, 0);
    return { padsBegin: pads.slice(0, rank), padsEnd: pads.slice(rank) };
  }
  if (auto !== 'SAME_UPPER' && auto !== 'SAME_LOWER') return context.invalid(`auto_pad is ${auto}`);
  const totals = spatial.map((size, axis) => {
    const output = Math.ceil(size / window.strides[axis]!);
    const total = (output - 1) * window.strides[axis]! + kernelExtent(window, axis) - size;
    if (total < 0)
      context.refuse(
        `with auto_pad ${auto}, its strides pass over the end of axis ${axis + 2}, where runtimes differ`,
        'give the pads explicitly',
      );
    return total;
  });
  const small = totals.map((total) => Math.floor(total / 2));
  const large = totals.map((total) => Math.ceil(total / 2));
  return auto === 'SAME_UPPER' ? { padsBegin: small, padsEnd: large } : { padsBegin: large, padsEnd: small };
}

/** Rounds the output size up, but no window may start in the end padding; the end pads become what that needs. */
function applyCeilMode(spatial: Shape, window: Window): Window {
  const padsEnd = spatial.map((size, axis) => {
    const stride = window.strides[axis]!;
    const begin = window.padsBegin[axis]!;
    const end = window.padsEnd[axis]!;
    const span = size + begin + end - kernelExtent(window, axis);
    let output = Math.ceil(span / stride) + 1;
    if ((output - 1) * stride >= size + begin) output--;
    if (output === Math.floor(span / stride) + 1) return end;
    return Math.max(0, (output - 1) * stride + kernelExtent(window, axis) - size - begin);
  });
  return { ...window, padsEnd };
}
