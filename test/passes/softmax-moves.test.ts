/** Softmax and LogSoftmax whose result is moved, joined or compared before it is quantized. */
import { ModelBuilder } from '../support/model-builder.js';
import type { QuantizationParameters } from '../support/model-builder.js';
import { Random } from '../support/random.js';
import { lower, runGraph } from '../support/run-model.js';

const LOGITS: QuantizationParameters = { scale: Math.fround(0.04), zeroPoint: 7, dtype: 'uint8' };
const OUTPUTS: Readonly<Record<string, QuantizationParameters>> = {
  Softmax: { scale: 1 / 256, zeroPoint: 0, dtype: 'uint8' },
  LogSoftmax: { scale: Math.fround(0.06), zeroPoint: 255, dtype: 'uint8' },
};
const SHAPE = [1, 2, 3, 2];

/** Elements of y and of the operator's own quantized result, on the same random input. */
function both(
  op: string,
  shape: readonly number[],
  move: (b: ModelBuilder, f: string, x: string) => string,
): { moved: number[]; direct: number[] } {
  const run = (behind: typeof move, outputShape: readonly number[]): number[] => {
    const b = new ModelBuilder(13);
    const x = b.dequantize(b.input('x', 'uint8', SHAPE), LOGITS);
    b.quantize(behind(b, b.node(op, [x], { axis: 2 }), x), OUTPUTS[op]!, 'y');
    b.output('y', 'uint8', outputShape);
    return runGraph(lower(b.encode()), { x: new Random(3).integers(12, 0, 120) })['y']!;
  };
  return { moved: run(move, shape), direct: run((_, f) => f, SHAPE) };
}

describe.each(Object.keys(OUTPUTS))('%s', (op) => {
  it('may be moved before it is quantized', () => {
    const { moved, direct } = both(op, [3, 2], (b, f) => {
      const flat = b.node('Flatten', [f], { axis: 2 });
      const turned = b.node('Transpose', [flat], { perm: [1, 0] });
      const [starts, ends] = [b.constant('int64', [1], [1]), b.constant('int64', [1], [4])];
      return b.node('Slice', [turned, starts, ends, b.constant('int64', [1], [0])]);
    });
    expect(moved).toEqual([1, 2, 3].flatMap((i) => [direct[i], direct[i + 6]]));
    expect(new Set(moved).size).toBeGreaterThan(3);
  });

  it('may be compared before it is quantized', () => {
    const { moved, direct } = both(op, [1, 2, 1, 1], (b, f) => b.node('GlobalMaxPool', [f]));
    expect(moved).toEqual([Math.max(...direct.slice(0, 6)), Math.max(...direct.slice(6))]);
  });

  it('may be joined and padded before it is quantized', () => {
    const { moved, direct } = both(op, [1, 2, 3, 6], (b, f) => {
      const pads = b.constant('int64', [8], [0, 0, 0, 1, 0, 0, 0, 1]);
      return b.node('Concat', [b.node('Pad', [f, pads]), f], { axis: 3 });
    });
    const { zeroPoint } = OUTPUTS[op]!;
    const row = (i: number): (number | undefined)[] => direct.slice(2 * i, 2 * i + 2);
    expect(moved).toEqual([0, 1, 2, 3, 4, 5].flatMap((i) => [zeroPoint, ...row(i), zeroPoint, ...row(i)]));
  });

  it('may be quantized in two ways', () => {
    const b = new ModelBuilder(13);
    const x = b.dequantize(b.input('x', 'uint8', SHAPE), LOGITS);
    const result = b.node(op, [x], { axis: 2 });
    b.quantize(result, OUTPUTS[op]!, 'y');
    b.quantize(b.node('Flatten', [result]), { ...OUTPUTS[op]!, scale: 0.25 }, 'z');
    b.output('y', 'uint8', SHAPE);
    b.output('z', 'uint8', [1, 12]);
    const graph = lower(b.encode());
    expect(graph.nodes.filter(({ kind }) => kind.endsWith('softmax'))).toHaveLength(2);
  });
});
