/** Functions of two quantized elements: their tables, and when one element is enough. */
import { qlinearAdd, qlinearAddTerms, qlinearMul } from '../../ir/qlinear.js';
import type { BinaryRule, OnnxNode } from '../../ir/types.js';
import { dtypeRange } from '../../ir/types.js';
import { dequantizeAll, quantizeFloat } from '../../ir/float32.js';
import type { AccumulatorFact, PairOperand, PairSource, PendingFact } from './facts.js';
import { combinePending, mapByClass, mapFloats, movePending } from './pending.js';
import type { Request } from './request.js';
import type { LoweringState } from './state.js';

type Element = PairOperand & { readonly kind: 'element' };

const FLOAT_OPS: Readonly<Record<PairSource['op'], (x: number, y: number) => number>> = {
  Add: (x, y) => Math.fround(x + y),
  Sub: (x, y) => Math.fround(x - y),
  Mul: (x, y) => Math.fround(x * y),
};

/** Quantizes a sum, difference or product: a table of one element, or one of two. */
export function quantizePair(state: LoweringState, source: PairSource, request: Request): string {
  const { node, of, name, target, clamp } = request;
  const { quantization, dtype } = target;
  const [a, b] = source.operands;
  const formula = pairFormula(source, request);
  const apply: Formula = (x, y) => Math.min(Math.max(formula(x, y), clamp.min), clamp.max);
  const single = singleElement(source);
  if (single) {
    const { tables, rows } = tablesOfOne(source, apply);
    const input = state.builder.withQuantization(single.value, single.quantization, node.name);
    return state.addTable(input, tables, quantization, dtype, source.op, of, name, rows);
  }
  const inputs = [a, b].map((operand) =>
    state.builder.withQuantization((operand as Element).value, operand.quantization, node.name),
  );
  const output = state.builder.addValue(name, dtype, source.shape, { quantization });
  const [minA, minB] = [dtypeRange(a.dtype).min, dtypeRange(b.dtype).min];
  state.builder.nodes.push({
    kind: 'binary',
    name: of,
    inputs,
    outputs: [output],
    table: Int16Array.from({ length: 65536 }, (_, i) => apply((i >> 8) + minA, (i & 255) + minB)),
    rule: ruleOf(source, request),
    label: source.op,
  });
  return output;
}

/** The activation that a pair is a function of, where the other operand is constant or the same activation. */
function singleElement({ operands: [a, b] }: PairSource): Element | undefined {
  if (b.kind === 'constant') return a.kind === 'element' ? a : undefined;
  if (a.kind === 'constant') return b;
  return a.value === b.value ? a : undefined;
}

type Formula = (a: number, b: number) => number;

/** Whether the result is that of QLinearAdd or QLinearMul. */
function isIntegerFormula({ operands: [a, b], op, fused }: PairSource, { target, direct }: Request): boolean {
  return fused && direct && op !== 'Sub' && a.dtype === target.dtype && b.dtype === target.dtype;
}

/** The quantized result for the integers of both operands. */
function pairFormula(source: PairSource, request: Request): Formula {
  const { operands, op, swapped } = source;
  const [a, b] = operands;
  const { quantization, dtype } = request.target;
  if (isIntegerFormula(source, request)) {
    const formula = op === 'Add' ? qlinearAdd : qlinearMul;
    if (!swapped) return formula(a.quantization, b.quantization, quantization, dtypeRange(dtype));
    const apply = formula(b.quantization, a.quantization, quantization, dtypeRange(dtype));
    return (x, y) => apply(y, x);
  }
  const [floatsA, floatsB] = [dequantizeAll(a.quantization, a.dtype), dequantizeAll(b.quantization, b.dtype)];
  const [minA, minB] = [dtypeRange(a.dtype).min, dtypeRange(b.dtype).min];
  const real: Formula = (x, y) => FLOAT_OPS[op](floatsA[x - minA]!, floatsB[y - minB]!);
  return (x, y) => quantizeFloat(real(x, y), quantization, dtype);
}

/** What is summed before the first rounding that both operands share. */
function termsOf(source: PairSource, request: Request): [Float64Array, Float64Array] {
  const { operands, op, swapped } = source;
  const [a, b] = operands;
  const list = (operand: PairOperand, term: (q: number) => number): Float64Array => {
    const { min } = dtypeRange(operand.dtype);
    return Float64Array.from({ length: 256 }, (_, i) => term(i + min));
  };
  if (isIntegerFormula(source, request)) {
    const [x, y] = swapped ? [b, a] : [a, b];
    const { first, second } = qlinearAddTerms(x.quantization, y.quantization, request.target.quantization);
    return swapped ? [list(a, second), list(b, first)] : [list(a, first), list(b, second)];
  }
  const [floatsA, floatsB] = [dequantizeAll(a.quantization, a.dtype), dequantizeAll(b.quantization, b.dtype)];
  const sign = op === 'Sub' ? -1 : 1;
  return [Float64Array.from(floatsA), Float64Array.from(floatsB, (float) => sign * float)];
}

function tablesOfOne(source: PairSource, apply: Formula): { tables: Int32Array; rows?: Int32Array } {
  const [a, b] = source.operands;
  const constant = a.kind === 'constant' ? a : b.kind === 'constant' ? b : undefined;
  const { min } = dtypeRange(a.kind === 'constant' ? b.dtype : a.dtype);
  if (!constant) return { tables: Int32Array.from({ length: 256 }, (_, i) => apply(i + min, i + min)) };
  const distinct = [...new Set(constant.data)];
  const entry = (q: number, x: number): number => (a.kind === 'constant' ? apply(q, x) : apply(x, q));
  const tables = Int32Array.from(distinct.flatMap((q) => Array.from({ length: 256 }, (_, i) => entry(q, i + min))));
  const places = new Map(distinct.map((q, i) => [q, i]));
  return distinct.length === 1 ? { tables } : { tables, rows: constant.data.map((q) => places.get(q)!) };
}

/** The real function behind the table: QLinearAdd and QLinearMul round the ratios of scales to float32, a float Sub does not. */
function ruleOf(source: PairSource, request: Request): BinaryRule {
  const { op, operands } = source;
  const [first, second] = [operands[0].quantization, operands[1].quantization];
  const { scale } = request.target.quantization;
  if (op === 'Mul') {
    const slope = Math.fround(Math.fround(first.scale * second.scale) / scale);
    return { kind: 'product', zeroPoints: [first.zeroPoint, second.zeroPoint], slope };
  }
  const terms = termsOf(source, request);
  const slopes = isIntegerFormula(source, request)
    ? ([Math.fround(first.scale / scale), Math.fround(second.scale / scale)] as const)
    : ([first.scale / scale, ((op === 'Sub' ? -1 : 1) * second.scale) / scale] as const);
  return { kind: 'linear', slopes, terms };
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
