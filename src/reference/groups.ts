/** Reference of operators that take groups of elements: means and the place of a maximum. */
import { dtypeRange } from '../ir/types.js';
import type { ArgMaxNode, AverageNode, Value } from '../ir/types.js';
import { roundHalfEven } from './float32.js';

/** Quantized means, by the two formulas of AverageNode. */
export function average(node: AverageNode, x: Value, y: Value, data: Int32Array): Int32Array {
  const { min } = dtypeRange(x.dtype as 'int8' | 'uint8');
  const { scale, zeroPoint } = y.quantization!;
  const bounds = dtypeRange(y.dtype as 'int8' | 'uint8');
  const taps = node.sources.length / node.counts.length;
  const round = node.sum === 'sequential' ? Math.fround : (sum: number): number => sum;
  return Int32Array.from(node.counts, (count, output) => {
    let sum = 0;
    for (const source of node.sources.subarray(output * taps, (output + 1) * taps)) {
      if (source >= 0) sum = round(sum + node.floats[data[source]! - min]!);
    }
    const ratio = Math.fround(Math.fround(sum / count) / scale);
    if (node.sum === 'sequential') {
      return Math.min(Math.max(roundHalfEven(Math.fround(ratio + zeroPoint)), bounds.min), bounds.max);
    }
    return roundHalfEven(Math.min(Math.max(ratio, bounds.min - zeroPoint), bounds.max - zeroPoint)) + zeroPoint;
  });
}

/** Places of the greatest elements. */
export function argMax(node: ArgMaxNode, y: Value, data: Int32Array): Int32Array {
  const outputs = y.shape.reduce((a, b) => a * b, 1);
  const candidates = node.sources.length / outputs;
  return Int32Array.from({ length: outputs }, (_, output) => {
    let best = 0;
    const at = (place: number): number => data[node.sources[output * candidates + place]!]!;
    for (let place = 1; place < candidates; place++) {
      if (at(place) > at(best) || (node.last && at(place) === at(best))) best = place;
    }
    return best;
  });
}
