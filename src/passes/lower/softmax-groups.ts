/** Groups of elements that Softmax and LogSoftmax work on. */
import { elementCount } from '../../ir/types.js';
import type { Shape } from '../../ir/types.js';

/** The groups along an axis, or along all axes from it on (before opset 13): flat indices, one group after the other. */
export function softmaxGroups(shape: Shape, axis: number, coerced: boolean): { size: number; sources: Int32Array } {
  const inner = coerced ? 1 : elementCount(shape.slice(axis + 1));
  const size = coerced ? elementCount(shape.slice(axis)) : shape[axis]!;
  const sources = new Int32Array(elementCount(shape));
  for (let i = 0; i < sources.length; i++) {
    const [group, place] = [Math.floor(i / size), i % size];
    sources[i] = (Math.floor(group / inner) * size + place) * inner + (group % inner);
  }
  return { size, sources };
}
