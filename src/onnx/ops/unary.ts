/** Element-wise float operators of one input: the names and defaults of their attributes. */
import type { OpContext, OpImport, OpResult, OpTable } from '../context.js';

/** A float operator; its attributes are floats with the given defaults. */
function unary(defaults: Readonly<Record<string, number>> = {}): OpImport {
  const names = Object.keys(defaults);
  return {
    attributes: names,
    inputs: [1, 1],
    infer: (context) => {
      const read = (name: string): number => context.float(name, Math.fround(defaults[name]!));
      return sameFloat(context, Object.fromEntries(names.map((name) => [name, read(name)])));
    },
  };
}

const gelu: OpImport = {
  attributes: ['approximate'],
  inputs: [1, 1],
  infer: (context) => {
    const approximate = context.text('approximate', 'none');
    if (approximate !== 'none' && approximate !== 'tanh') context.invalid(`approximate is ${approximate}`);
    return sameFloat(context, { approximate });
  },
};

export const unaryOps: OpTable = {
  Abs: unary(),
  Ceil: unary(),
  Celu: unary({ alpha: 1 }),
  Elu: unary({ alpha: 1 }),
  Erf: unary(),
  Exp: unary(),
  Floor: unary(),
  Gelu: gelu,
  HardSigmoid: unary({ alpha: 0.2, beta: 0.5 }),
  HardSwish: unary(),
  LeakyRelu: unary({ alpha: 0.01 }),
  Log: unary(),
  Mish: unary(),
  Neg: unary(),
  Reciprocal: unary(),
  Round: unary(),
  Selu: unary({ alpha: 1.6732632423543772, gamma: 1.0507009873554805 }),
  Sigmoid: unary(),
  Sign: unary(),
  Softplus: unary(),
  Softsign: unary(),
  Sqrt: unary(),
  Swish: unary({ alpha: 1 }),
  Tanh: unary(),
  ThresholdedRelu: unary({ alpha: 1 }),
};

/** Domain com.microsoft. */
export const microsoftUnaryOps: OpTable = {
  FastGelu: unary(),
  Gelu: { ...gelu, attributes: [] },
  QuickGelu: unary({ alpha: 1.702 }),
};

function sameFloat(context: OpContext, attributes: Readonly<Record<string, number | string>>): OpResult {
  return { outputs: [context.value(context.dtype(0, 'float32'), context.type(0).shape)], attributes };
}
