/** Functions of two quantized elements: their tables, and when one element is enough. */
import { qlinearAdd, qlinearMul } from '../../ir/qlinear.js';
import type { BinaryRule, OnnxNode } from '../../ir/types.js';
import { dtypeRange } from '../../ir/types.js';
import { dequantizeAll } from '../../ir/float32.js';
import type { AccumulatorFact, PairOperand, PairSource, PendingFact } from './facts.js';
import { combinePending, mapByClass, mapFloats, movePending } from './pending.js';
import type { Request } from './request.js';
import { refuse } from './state.js';
import type { LoweringState } from './state.js';
import { quantizeFloats } from './tables.js';
import type { Target } from './tables.js';

type Element = PairOperand & { readonly kind: 'element' };

const FLOAT_OPS: Readonly<Record<PairSource['op'], (x: number, y: number) => number>> = {
  Add: (x, y) => Math.fround(x + y),
  Sub: (x, y) => Math.fround(x - y),
  Mul: (x, y) => Math.fround(x * y),
};

/** Quantizes a sum, difference or product: a table of one element, or one of two. */
export function quantizePair(state: LoweringState, source: PairSource, request: Request): string {
  const [a, b] = source.operands;
  const { node, of, name, target, clamp } = request;
  const { quantization, dtype } = target;
  const label = source.op;
  const single = singleElement(source);
  const table = pairTable(node, source, target).map((y) => Math.min(Math.max(y, clamp.min), clamp.max));
  if (single) {
    const { tables, rows } = tablesOfOne(source, table);
    const input = state.builder.withQuantization(single.value, single.quantization, node.name);
    return state.addTable(input, tables, quantization, dtype, label, of, name, rows);
  }
  const inputs = [a, b].map((operand) =>
    state.builder.withQuantization((operand as Element).value, operand.quantization, node.name),
  );
  const output = state.builder.addValue(name, dtype, source.shape, { quantization });
  const rule = ruleOf(source, quantization.scale);
  state.builder.nodes.push({
    kind: 'binary',
    name: of,
    inputs,
    outputs: [output],
    table: Int16Array.from(table),
    rule,
    label: [label, ...(source.after?.ops ?? [])].join(' + '),
  });
  return output;
}

/** The activation that a pair is a function of, where the other operand is constant or the same activation. */
function singleElement({ operands: [a, b] }: PairSource): Element | undefined {
  if (b.kind === 'constant') return a.kind === 'element' ? a : undefined;
  if (a.kind === 'constant') return b;
  return a.value === b.value ? a : undefined;
}

/** The result for all 65,536 pairs, the first operand's integers outermost. */
function pairTable(node: OnnxNode, source: PairSource, target: Target): Int32Array {
  const { operands, op, fused, swapped, after } = source;
  const [a, b] = operands;
  const [minA, minB] = [dtypeRange(a.dtype).min, dtypeRange(b.dtype).min];
  const pairs = Array.from({ length: 65536 }, (_, i) => [(i >> 8) + minA, (i & 255) + minB] as const);
  if (fused && !after && op !== 'Sub' && a.dtype === target.dtype && b.dtype === target.dtype) {
    const [x, y] = swapped ? [b, a] : [a, b];
    const formula = op === 'Add' ? qlinearAdd : qlinearMul;
    const apply = formula(x.quantization, y.quantization, target.quantization, dtypeRange(target.dtype));
    return Int32Array.from(pairs, ([first, second]) => (swapped ? apply(second, first) : apply(first, second)));
  }
  const [floatsA, floatsB] = [dequantizeAll(a.quantization, a.dtype), dequantizeAll(b.quantization, b.dtype)];
  const raw = Float32Array.from(pairs, (_, i) => FLOAT_OPS[op](floatsA[i >> 8]!, floatsB[i & 255]!));
  const floats = after ? raw.map(after.apply) : raw;
  if (after) checkOrder(node, raw, floats, after.ops);
  return quantizeFloats(node, floats, [op, ...(after?.ops ?? [])].join(' + '), target);
}

/** Refuses a function of a product that is not non-decreasing. */
function checkOrder(node: OnnxNode, raw: Float32Array, floats: Float32Array, ops: readonly string[]): void {
  const order = Uint32Array.from(raw, (_, i) => i).sort((i, j) => raw[i]! - raw[j]!);
  if (order.some((at, i) => i > 0 && !(floats[at]! >= floats[order[i - 1]!]!)))
    refuse(node, `${ops.join(' + ')} of a product of activations is not monotone`, 'quantize the product before it');
}

function tablesOfOne(source: PairSource, table: Int32Array): { tables: Int32Array; rows?: Int32Array } {
  const [a, b] = source.operands;
  const constant = a.kind === 'constant' ? a : b.kind === 'constant' ? b : undefined;
  if (!constant) return { tables: Int32Array.from({ length: 256 }, (_, i) => table[257 * i]!) };
  const { min } = dtypeRange(constant.dtype);
  const distinct = [...new Set(constant.data)];
  const entry = (q: number, i: number): number =>
    table[a.kind === 'constant' ? 256 * (q - min) + i : 256 * i + q - min]!;
  const tables = Int32Array.from(distinct.flatMap((q) => Array.from({ length: 256 }, (_, i) => entry(q, i))));
  const places = new Map(distinct.map((q, i) => [q, i]));
  return distinct.length === 1 ? { tables } : { tables, rows: constant.data.map((q) => places.get(q)!) };
}

/** The real function behind the table: QLinearAdd and QLinearMul round the ratios of scales to float32, a float Sub does not. */
function ruleOf({ op, operands: [a, b] }: PairSource, scale: number): BinaryRule {
  const [first, second] = [a.quantization, b.quantization];
  switch (op) {
    case 'Mul': {
      const slope = Math.fround(Math.fround(first.scale * second.scale) / scale);
      return { kind: 'product', zeroPoints: [first.zeroPoint, second.zeroPoint], slope };
    }
    case 'Add':
      return { kind: 'linear', slopes: [Math.fround(first.scale / scale), Math.fround(second.scale / scale)] };
    case 'Sub':
      return { kind: 'linear', slopes: [first.scale / scale, -second.scale / scale] };
  }
}

/** A pair as a float function of one element, with its clips and moves; undefined where it takes two. */
export function settlePair(state: LoweringState, node: OnnxNode, fact: AccumulatorFact): PendingFact | undefined {
  const { source } = fact;
  if (source.kind !== 'pair') return undefined;
  const single = singleElement(source);
  if (!single) return undefined;
  const [a, b] = source.operands.map((operand) => pendingOperand(operand, single));
  let pending = combineOperands(source, a!, b!);
  for (const { min, max } of fact.clips) pending = mapFloats(pending, 'Clip', (x) => Math.min(Math.max(x, min), max));
  for (const [i, move] of fact.moves.entries())
    pending = movePending(state, node, pending, move, `${node.outputs[0]!}.integer${i === 0 ? '' : `.${i}`}`);
  return pending;
}

function pendingOperand(operand: PairOperand, { value }: Element): PendingFact | Float32Array {
  const { quantization } = operand;
  const floats = dequantizeAll(quantization, operand.dtype);
  if (operand.kind === 'element')
    return { kind: 'pending', value, floats, plain: quantization, origin: quantization, ops: [] };
  const { min } = dtypeRange(operand.dtype);
  return Float32Array.from(operand.data, (q) => floats[q - min]!);
}

function combineOperands(
  { op }: PairSource,
  a: PendingFact | Float32Array,
  b: PendingFact | Float32Array,
): PendingFact {
  const apply = FLOAT_OPS[op];
  if (!(a instanceof Float32Array))
    return b instanceof Float32Array ? mapByConstant(a, op, b, apply) : combinePending(a, b, op, apply);
  return mapByConstant(b as PendingFact, op, a, (x, constant) => apply(constant, x));
}

/** A function of an element and a constant at its place. */
export function mapByConstant(
  fact: PendingFact,
  op: string,
  constants: Float32Array,
  apply: (x: number, constant: number) => number,
): PendingFact {
  const distinct = [...new Set(constants)];
  const places = new Map(distinct.map((constant, i) => [constant, i]));
  const classes = Int32Array.from(constants, (constant) => places.get(constant)!);
  return mapByClass(fact, op, classes, (x, index) => apply(x, distinct[index]!));
}
