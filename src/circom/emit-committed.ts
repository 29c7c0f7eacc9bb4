import type { Architecture, MoveStep, PoolStep, ProductStep, Step } from '../artifacts/architecture.js';
import type { StatementLayout, TensorSpec } from '../artifacts/types.js';
import { dtypeRange } from '../ir/types.js';
import type { Gather } from '../plan/gather.js';
import { windowGather } from '../plan/gather.js';
import {
  boundElements,
  BYTE_BITS,
  challengeElements,
  committedElements,
  exceptionGroups,
  packedElements,
} from '../plan/committed/cost.js';
import { committedLayout, productGeometry, stepOutputSize } from '../plan/committed/geometry.js';
import { CHALLENGE_TAG } from '../statement/weights.js';

/**
 * Writes the circuit of an architecture as circom text. It depends on the architecture and the visibility of input and output only, so that
 * models of one architecture give the same bytes. Includes are relative to circuits/.
 */
export function emitCommittedCircuit(architecture: Architecture, statement: StatementLayout): string {
  return [
    'pragma circom 2.1.6;',
    '',
    '// Generated, do not edit. The weights are inputs, bound by a commitment.',
    '',
    ...INCLUDES.map((path) => `include "${path}.circom";`),
    '',
    ...architecture.steps.flatMap(constants),
    ...main(architecture, statement),
    '',
  ].join('\n');
}

const INCLUDES = [
  'committed/bound-max-pool',
  'committed/committed-requantize',
  'committed/direct-product',
  'committed/product-check',
  'committed/ranged-pack',
  'layers/max-pool',
  'layers/move',
  'primitives/range-check',
  'statement/statement',
];

const list = (values: readonly number[]): string => `[${values.join(', ')}]`;
const table = (rows: readonly (readonly number[])[]): string =>
  `[\n${rows.map((row) => `        ${list(row)}`).join(',\n')}\n    ]`;
const constant = (name: string, value: string): string[] => [`function ${name}() {`, `    return ${value};`, '}', ''];

function constants(step: Step, i: number): string[] {
  if (step.kind === 'move') return constant(`sources${i}`, list(step.sources));
  if (step.kind === 'maxpool')
    return constant(`sources${i}`, table(windowGather([1, ...step.shape], step.window).sources));
  const { gather, pool, isDirect, exponents } = productGeometry(step);
  return [
    ...constant(`sources${i}`, table(gather.sources)),
    ...(pool ? constant(`pooled${i}`, table(pool.sources)) : []),
    ...(isDirect
      ? []
      : [
          ...constant(`inputExponents${i}`, list(exponents.input)),
          ...constant(`outputExponents${i}`, list(exponents.output)),
          ...constant(`tapExponents${i}`, list(exponents.tap)),
        ]),
  ];
}

/** Copies `count` elements, from[fromOffset..] to to[toOffset..]. */
function copy(to: string, toOffset: number, from: string, fromOffset: number, count: number): string[] {
  const index = (offset: number): string => (offset === 0 ? 'i' : `${offset} + i`);
  return [
    `    for (var i = 0; i < ${count}; i++) {`,
    `        ${to}[${index(toOffset)}] <== ${from}[${index(fromOffset)}];`,
    '    }',
  ];
}

function main(architecture: Architecture, statement: StatementLayout): string[] {
  const { steps, inputs } = architecture;
  const { sizes } = committedLayout(steps);
  const inputSize = inputs.reduce((a, b) => a + b, 0);
  const inputMin = minimum(statement.inputs);
  return [
    'template Inference() {',
    ...['C', 'r', 's', `x[${inputSize}]`].map(input),
    ...(statement.input === 'committed' ? [input('inputSalt')] : []),
    ...(statement.output === 'committed' ? [input('outputSalt')] : []),
    input('weightsSalt'),
    input(`weights[${sizes.weights}]`),
    input(`numbers[${sizes.numbers}]`),
    ...(sizes.exceptions > 0 ? [input(`exceptions[${sizes.exceptions}]`)] : []),
    '',
    `    component inRange[${inputSize}];`,
    `    for (var i = 0; i < ${inputSize}; i++) {`,
    `        inRange[i] = RangeCheck(8, ${inputMin});`,
    '        inRange[i].in <== x[i];',
    '    }',
    '',
    ...commitment(architecture, sizes.weights, sizes.numbers),
    ...(challengeElements(steps) > 0
      ? ['', `    component challenge = ChainHash(${1 + challengeElements(steps)});`]
      : []),
    ...tensorInputs(inputs),
    ...steps.flatMap((step, i) => ['', ...stepLines(architecture, step, i)]),
    ...challengeLines(steps),
    '',
    ...statementLines(architecture, statement, inputSize),
    '}',
    '',
    'component main {public [C, r, s]} = Inference();',
  ];
}

const input = (name: string): string => `    signal input ${name};`;
const minimum = (specs: readonly TensorSpec[]): number => dtypeRange(specs[0]!.dtype).min;

function commitment({ steps }: Architecture, weights: number, numbers: number): string[] {
  const packed = packedElements(weights, BYTE_BITS);
  const lines = [
    `    component packedWeights = RangedPack(${weights}, ${BYTE_BITS});`,
    '    packedWeights.in <== weights;',
    `    component commitment = ChainHash(${committedElements(steps)});`,
    '    commitment.in[0] <== weightsSalt;',
    ...copy('commitment.in', 1, 'packedWeights.out', 0, packed),
  ];
  let to = 1 + packed;
  let from = 0;
  exceptionGroups(steps).forEach(({ count, bits }, i) => {
    lines.push(`    component packedExceptions${i} = RangedPack(${count}, ${bits});`);
    lines.push(...copy(`packedExceptions${i}.in`, 0, 'exceptions', from, count));
    lines.push(...copy('commitment.in', to, `packedExceptions${i}.out`, 0, packedElements(count, bits)));
    from += count;
    to += packedElements(count, bits);
  });
  return [...lines, ...copy('commitment.in', to, 'numbers', 0, numbers)];
}

function tensorInputs(inputs: readonly number[]): string[] {
  let offset = 0;
  return inputs.flatMap((size, i) => {
    const lines = [`    signal input${i}[${size}];`, ...copy(`input${i}`, 0, 'x', offset, size)];
    offset += size;
    return lines;
  });
}

/** Name of the flat array that holds a tensor. */
function tensorName({ inputs, steps }: Architecture, tensor: number): string {
  if (tensor < inputs.length) return `input${tensor}`;
  const i = tensor - inputs.length;
  return `${steps[i]!.kind === 'product' ? 'requantized' : 'step'}${i}.y`;
}

function tensorSize({ inputs, steps }: Architecture, tensor: number): number {
  return tensor < inputs.length ? inputs[tensor]! : stepOutputSize(steps[tensor - inputs.length]!);
}

function stepLines(architecture: Architecture, step: Step, i: number): string[] {
  if (step.kind === 'move') return moveLines(architecture, step, i);
  const x = tensorName(architecture, step.input);
  if (step.kind === 'product') return productLines(architecture, step, i, x);
  return [`    component step${i} = ${poolInstance(step, i)};`, `    step${i}.x <== ${x};`];
}

function moveLines(architecture: Architecture, { inputs, sources, fill }: MoveStep, i: number): string[] {
  const sizes = inputs.map((tensor) => tensorSize(architecture, tensor));
  const total = sizes.reduce((a, b) => a + b, 0);
  const lines = [`    component step${i} = Move(${total}, ${sources.length}, sources${i}(), ${fill});`];
  let offset = 0;
  for (const [k, tensor] of inputs.entries()) {
    lines.push(...copy(`step${i}.x`, offset, tensorName(architecture, tensor), 0, sizes[k]!));
    offset += sizes[k]!;
  }
  return lines;
}

function poolInstance(step: PoolStep, i: number): string {
  const { channels, inputSize, sources } = windowGather([1, ...step.shape], step.window);
  const bits = list(Array<number>(channels).fill(BYTE_BITS));
  return `MaxPool(${channels}, ${inputSize}, ${sources.length}, ${sources[0]!.length}, sources${i}(), ${bits})`;
}

function productLines({ steps }: Architecture, step: ProductStep, i: number, x: string): string[] {
  const geometry = productGeometry(step);
  const { gather, groupIn, weights, isDirect, exponents, outputSize, pool } = geometry;
  const at = committedLayout(steps).offsets.get(step)!;
  const taps = weights / groupIn;
  const sizes = [gather.channels, gather.inputSize, step.outChannels, gather.sources.length, taps, step.group].join(
    ', ',
  );
  const feed = (name: string): string[] => [
    `    ${name}.x <== ${x};`,
    ...copy(`${name}.weights`, 0, 'weights', at.weights, step.outChannels * weights),
    `    ${name}.inputZero <== numbers[${at.numbers}];`,
    `    ${name}.weightZero <== numbers[${at.numbers + 1}];`,
  ];
  const product = isDirect ? 'DirectProduct' : 'ProductWitness';
  const lines = [
    `    // ${step.op} [${step.shape.join(', ')}] -> [${step.outChannels}, ${outputSize}]`,
    `    component product${i} = ${product}(${sizes}, sources${i}());`,
    ...feed(`product${i}`),
  ];
  if (!isDirect) {
    const tables = ['inputExponents', 'outputExponents', 'tapExponents'].map((name) => `${name}${i}()`).join(', ');
    lines.push(`    component check${i} = ProductCheck(${sizes}, sources${i}(), ${tables}, ${exponents.radix});`);
    lines.push(...feed(`check${i}`), `    check${i}.y <== product${i}.y;`);
  }
  if (pool) lines.push(...poolLines(step, pool, i));
  const { divisorBits, base, window, excessBits, slots } = step.requantization;
  const widths = [step.outChannels, outputSize, divisorBits, base, window, excessBits, slots];
  const raise = 2 ** (geometry.accumulatorBits - 1);
  const channel = (offset: number): string => `numbers[${at.numbers + 2 + offset} + 2 * i]`;
  return [
    ...lines,
    `    component requantized${i} = RequantizeChannels(${widths.join(', ')}, ${raise}, ${isDirect ? 0 : 1});`,
    `    requantized${i}.acc <== ${pool ? 'pool' : 'product'}${i}.y;`,
    `    for (var i = 0; i < ${step.outChannels}; i++) {`,
    `        requantized${i}.multiplier[i] <== ${channel(0)};`,
    `        requantized${i}.offset[i] <== ${channel(1)};`,
    '    }',
    ...(slots > 0
      ? copy(`requantized${i}.exceptions`, 0, 'exceptions', at.exceptions, step.outChannels * slots)
      : [`    requantized${i}.exceptions[0] <== 0;`]),
  ];
}

function poolLines(step: ProductStep, pool: Gather, i: number): string[] {
  const { isDirect, differenceBits } = productGeometry(step);
  const sizes = [step.outChannels, pool.inputSize, pool.sources.length, pool.sources[0]!.length].join(', ');
  return [
    `    component pool${i} = BoundMaxPool(${sizes}, pooled${i}(), ${differenceBits}, ${isDirect ? 0 : 1});`,
    `    pool${i}.x <== product${i}.y;`,
  ];
}

/** What the challenge hashes: C, which holds input and commitments, and every accumulator. */
function challengeLines(steps: readonly Step[]): string[] {
  if (challengeElements(steps) === 0) return [];
  const lines = ['', `    challenge.in[0] <== C + ${CHALLENGE_TAG};`];
  const checks: string[] = [];
  let to = 1;
  steps.forEach((step, i) => {
    if (step.kind !== 'product') return;
    const { pool, requantized } = boundElements(step);
    if (pool > 0) lines.push(...copy('challenge.in', to, `pool${i}.packed`, 0, pool));
    if (requantized > 0) lines.push(...copy('challenge.in', to + pool, `requantized${i}.packed`, 0, requantized));
    if (!productGeometry(step).isDirect) checks.push(`    check${i}.challenge <== challenge.out;`);
    to += pool + requantized;
  });
  return [...lines, ...checks];
}

function statementLines(architecture: Architecture, statement: StatementLayout, inputSize: number): string[] {
  const { outputs } = architecture;
  const sizeOf = (tensor: number): number => tensorSize(architecture, tensor);
  const outputSize = outputs.reduce((sum, tensor) => sum + sizeOf(tensor), 0);
  const lines = [`    signal y[${outputSize}];`];
  let offset = 0;
  for (const tensor of outputs) {
    lines.push(...copy('y', offset, tensorName(architecture, tensor), 0, sizeOf(tensor)));
    offset += sizeOf(tensor);
  }
  const parts = [
    { name: 'input', source: 'x', size: inputSize, min: minimum(statement.inputs) },
    { name: 'output', source: 'y', size: outputSize, min: minimum(statement.outputs) },
  ] as const;
  const elements: string[] = [];
  let count = 0;
  const append = (from: string, size: number): void => {
    elements.push(...copy('statement.e', count, from, 0, size));
    count += size;
  };
  for (const { name, source, size, min } of parts) {
    const isCommitted = statement[name] === 'committed';
    lines.push(`    component ${name}Part = ${isCommitted ? 'CommittedPart' : 'PackBytes'}(${size}, ${min});`);
    lines.push(`    ${name}Part.in <== ${source};`);
    if (isCommitted) lines.push(`    ${name}Part.salt <== ${name}Salt;`);
    if (isCommitted) append(`${name}Part.out`, 1);
  }
  elements.push(`    statement.e[${count}] <== commitment.out;`);
  count += 1;
  for (const { name, size } of parts) {
    if (statement[name] === 'public') append(`${name}Part.out`, Math.ceil(size / 31));
  }
  return [
    ...lines,
    `    component statement = Statement(${count});`,
    ...['C', 'r', 's'].map((signal) => `    statement.${signal} <== ${signal};`),
    ...elements,
  ];
}
