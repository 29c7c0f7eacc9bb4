/** MaxPool. */
import type { OpTable } from '../context.js';
import { resolveWindow, windowAttributes, windowedShape } from './geometry.js';
import { windowTaps } from '../../ir/window.js';

export const poolOps: OpTable = {
  MaxPool: {
    attributes: ['auto_pad', 'ceil_mode', 'dilations', 'kernel_shape', 'pads', 'storage_order', 'strides'],
    inputs: [1, 1],
    infer: (context) => {
      const dtype = context.dtype(0, 'float32', 'int8', 'uint8');
      if ((context.node.outputs[1] ?? '') !== '') context.refuse('its second output (Indices) is not supported');
      const { shape } = context.type(0);
      if (shape.length < 3) context.invalid(`its input has rank ${shape.length}`);
      const kernel = context.ints('kernel_shape') ?? context.invalid('it has no kernel_shape');
      const window = resolveWindow(context, shape.slice(2), kernel);
      const type = context.value(dtype, windowedShape(context, shape, shape[1]!, window));
      for (const [axis, size] of shape.slice(2).entries()) {
        const line = windowTaps([size], sliceWindow(window, axis));
        for (let p = 0; p < line.positions; p++) {
          if (line.indices.subarray(p * line.taps, (p + 1) * line.taps).every((index) => index < 0)) {
            context.refuse('one of its windows sees nothing but padding', 'use smaller pads');
          }
        }
      }
      return { outputs: [type], attributes: windowAttributes(window) };
    },
  },
};

function sliceWindow(window: Parameters<typeof windowAttributes>[0], axis: number): typeof window {
  return {
    kernel: [window.kernel[axis]!],
    strides: [window.strides[axis]!],
    dilations: [window.dilations[axis]!],
    padsBegin: [window.padsBegin[axis]!],
    padsEnd: [window.padsEnd[axis]!],
  };
}
