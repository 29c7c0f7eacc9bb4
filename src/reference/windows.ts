/** Reference Conv and MaxPool, by the flat window lists of ir/window. */
import { dtypeRange, elementCount } from '../ir/types.js';
import type { ConvNode, Value, Window } from '../ir/types.js';
import { windowTaps } from '../ir/window.js';
import { toInt32 } from './accumulator.js';

/** Accumulators [N, M, spatial...]: exact sums of (x - zeroPoint) * weight + bias, padding adding nothing. */
export function convolve(node: ConvNode, x: Value, y: Value, data: Int32Array): Int32Array {
  const { indices, positions, taps } = windowTaps(x.shape.slice(2), node.window);
  const [batch, channels] = [x.shape[0]!, x.shape[1]!];
  const filters = y.shape[1]!;
  const channelsPerGroup = channels / node.group;
  const filtersPerGroup = filters / node.group;
  const plane = elementCount(x.shape.slice(2));
  const zeroPoint = x.quantization!.zeroPoint;
  const sums = new Float64Array(batch * filters * positions);
  for (let n = 0; n < batch; n++) {
    for (let filter = 0; filter < filters; filter++) {
      const out = (n * filters + filter) * positions;
      const firstChannel = Math.floor(filter / filtersPerGroup) * channelsPerGroup;
      sums.fill(node.bias[filter]!, out, out + positions);
      for (let c = 0; c < channelsPerGroup; c++) {
        const input = (n * channels + firstChannel + c) * plane;
        const weights = (filter * channelsPerGroup + c) * taps;
        for (let position = 0, i = 0; position < positions; position++) {
          let sum = 0;
          for (let tap = 0; tap < taps; tap++, i++) {
            const index = indices[i]!;
            if (index >= 0) sum += (data[input + index]! - zeroPoint) * node.weights[weights + tap]!;
          }
          sums[out + position]! += sum;
        }
      }
    }
  }
  return toInt32(sums, y.name);
}

/** Maximum of each window's elements, padding left out. */
export function maxPool(window: Window, x: Value, y: Value, data: Int32Array): Int32Array {
  const { indices, positions, taps } = windowTaps(x.shape.slice(2), window);
  const plane = elementCount(x.shape.slice(2));
  const planes = x.shape[0]! * x.shape[1]!;
  const { min } = dtypeRange(y.dtype as 'int8' | 'uint8');
  const result = new Int32Array(planes * positions).fill(min);
  for (let p = 0; p < planes; p++) {
    for (let i = 0; i < indices.length; i++) {
      if (indices[i]! < 0) continue;
      const out = p * positions + Math.floor(i / taps);
      result[out] = Math.max(result[out]!, data[p * plane + indices[i]!]!);
    }
  }
  return result;
}
