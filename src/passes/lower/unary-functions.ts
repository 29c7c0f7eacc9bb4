/**
 * Float operators of one element. Arithmetic is float32 step by step; transcendental functions are evaluated in float64 and rounded
 * to float32 once. Attributes are in normal form (src/onnx/ops/unary.ts).
 */
import type { OnnxNode } from '../../ir/types.js';
import { erf } from '../../ir/erf.js';
import { rint, sigmoid } from '../../ir/float32.js';

type Float = (x: number) => number;

const f32 = Math.fround;
const SIXTH = f32(1 / 6);
const FAST_GELU_CUBIC = 0.044715;

const softplus: Float = (x) => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)));
/** As exporters and runtimes compute it: the exponential in float32, then the difference. */
const expMinusOne: Float = (x) => f32(f32(Math.exp(x)) - 1);
const hardSigmoid = (x: number, alpha: number, beta: number): number =>
  Math.max(0, Math.min(1, f32(f32(alpha * x) + beta)));
const tanhGelu: Float = (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + FAST_GELU_CUBIC * x * x * x)));
const swish = (x: number, alpha: number): number => x / (1 + Math.exp(-alpha * x));

/** Functions without attributes. */
const PLAIN: Readonly<Record<string, Float>> = {
  Abs: Math.abs,
  Ceil: Math.ceil,
  Erf: erf,
  Exp: Math.exp,
  FastGelu: tanhGelu,
  Floor: Math.floor,
  HardSwish: (x) => f32(x * hardSigmoid(x, SIXTH, 0.5)),
  Log: Math.log,
  Mish: (x) => x * Math.tanh(softplus(x)),
  Neg: (x) => -x,
  Reciprocal: (x) => f32(1 / x),
  Round: rint,
  Sigmoid: sigmoid,
  Sign: Math.sign,
  Softplus: softplus,
  Softsign: (x) => x * f32(1 / f32(1 + Math.abs(x))),
  Sqrt: (x) => f32(Math.sqrt(x)),
  Tanh: Math.tanh,
};

/** Functions with float attributes. */
const WITH_ATTRIBUTES: Readonly<Record<string, (x: number, attributes: Readonly<Record<string, number>>) => number>> = {
  Celu: (x, { alpha }) => (x > 0 ? x : alpha! * expMinusOne(f32(x / alpha!))),
  Elu: (x, { alpha }) => (x >= 0 ? x : alpha! * expMinusOne(x)),
  HardSigmoid: (x, { alpha, beta }) => hardSigmoid(x, alpha!, beta!),
  LeakyRelu: (x, { alpha }) => (x >= 0 ? x : f32(alpha! * x)),
  QuickGelu: (x, { alpha }) => swish(x, alpha!),
  Selu: (x, { alpha, gamma }) => (x > 0 ? f32(gamma! * x) : gamma! * f32(alpha! * expMinusOne(x))),
  Swish: (x, { alpha }) => swish(x, alpha!),
  ThresholdedRelu: (x, { alpha }) => (x > alpha! ? x : 0),
};

/** Operators that unaryFunction knows. */
export const UNARY_OPS: readonly string[] = [...Object.keys(PLAIN), ...Object.keys(WITH_ATTRIBUTES), 'Gelu'];

/** What a node computes of each element; results are to be rounded to float32. */
export function unaryFunction(node: Pick<OnnxNode, 'op' | 'attributes'>): Float {
  const plain = PLAIN[node.op];
  if (plain) return plain;
  if (node.op === 'Gelu')
    return node.attributes['approximate'] === 'tanh' ? tanhGelu : (x) => 0.5 * x * (1 + erf(x / Math.SQRT2));
  const apply = WITH_ATTRIBUTES[node.op]!;
  const attributes = node.attributes as Readonly<Record<string, number>>;
  return (x) => apply(x, attributes);
}
