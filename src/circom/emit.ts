import type { RequantizeForm } from '../plan/form.js';
import { formRow } from '../plan/form.js';
import type { CircuitPlan, ConvLayer, Layer } from '../plan/types.js';
import { FRACTION_BITS } from '../ir/log-softmax.js';
import { dtypeRange, elementCount } from '../ir/types.js';

/** Form of an output that is left as its accumulator. */
const PASS_THROUGH = Array<number>(13).fill(0);

/**
 * Writes a plan as circom text: the model's constants, a template `Model` with its layers, and `main`. Deterministic; decides nothing.
 * Includes are relative to circuits/.
 */
export function emitCircuit(plan: CircuitPlan): string {
  const constants = new Constants();
  const lines = model(plan, constants);
  return [
    'pragma circom 2.1.6;',
    '',
    `// ${commentText(plan.name)}: generated, do not edit. ${plan.constraints} constraints.`,
    '',
    ...[
      'conv',
      'max-pool',
      'table-lookup',
      'product',
      'arg-max',
      'softmax',
      'log-softmax',
      'step-lookups',
      'float-sums',
      'move',
    ].map((name) => include(`layers/${name}`)),
    ...['primitives/range-check', 'statement/statement'].map(include),
    '',
    ...constants.lines,
    ...lines,
    '',
    ...main(plan),
    '',
  ].join('\n');
}

const include = (path: string): string => `include "${path}.circom";`;

/** Nothing that a name holds may end a comment or a line. */
function commentText(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?');
}

function list(values: ArrayLike<number>): string {
  return `[${Array.from(values).join(', ')}]`;
}

function table(rows: readonly ArrayLike<number>[]): string {
  return `[\n${rows.map((row) => `        ${list(row)}`).join(',\n')}\n    ]`;
}

/** Constants of layers as circom functions; equal ones are written once. */
class Constants {
  readonly lines: string[] = [];
  private readonly names = new Map<string, string>();

  /** The call of a function that returns `value`. */
  call(kind: string, value: string, comment: string): string {
    const known = this.names.get(value);
    if (known !== undefined) return known;
    const name = `${kind}${this.names.size}`;
    this.lines.push(`// ${comment}`, `function ${name}() {`, `    return ${value};`, '}', '');
    this.names.set(value, `${name}()`);
    return `${name}()`;
  }
}

function row(form: RequantizeForm | undefined): readonly number[] {
  return form ? formRow(form) : PASS_THROUGH;
}

/** Exceptional accumulators of each channel, raised before lowered, padded to one width of at least 1. */
function exceptionRows(layer: ConvLayer): number[][] {
  const rows = layer.forms.map((form) => (form ? [...form.raised, ...form.lowered] : []));
  const width = Math.max(1, ...rows.map(({ length }) => length));
  return rows.map((values) => [...values, ...Array<number>(width - values.length).fill(0)]);
}

/** The template instance of a layer. */
function instance(layer: Layer, constants: Constants): string {
  const comment = `${commentText(layer.report.name)}: ${layer.report.op}`;
  const constant = (kind: string, value: string): string => constants.call(kind, value, comment);
  switch (layer.kind) {
    case 'conv': {
      const { channels, inputSize } = layer.gather;
      const { cells, taps } = layer.blocks;
      const rows = exceptionRows(layer);
      const blockSizes = [cells.length, taps.length, cells[0]!.length, taps[0]!.length];
      const sizes = [channels, inputSize, layer.outChannels, ...blockSizes, layer.group];
      const tables = [
        constant('cells', table(cells)),
        constant('taps', table(taps)),
        constant('weights', table(layer.weights)),
        constant('constants', list(layer.constants)),
        constant('forms', table(layer.forms.map(row))),
        rows[0]!.length,
        constant('exceptions', table(rows)),
      ];
      return `Conv(${[...sizes, layer.zeroPoint, ...tables].join(', ')})`;
    }
    case 'maxpool': {
      const { channels, inputSize, sources } = layer.gather;
      const sizes = [channels, inputSize, sources.length, sources[0]!.length];
      return `MaxPool(${sizes.join(', ')}, ${constant('sources', table(sources))}, ${list(layer.bits)})`;
    }
    case 'table': {
      const rows = constant('rows', list(layer.rows));
      const tables = constant('tables', table(layer.tables));
      return `TableLookup(${layer.outputSize}, ${layer.min}, ${rows}, ${layer.tables.length}, ${tables})`;
    }
    case 'product':
      return `Product(${layer.outputSize}, ${layer.zeroPoints.join(', ')})`;
    case 'argmax': {
      const sizes = [layer.bits, Number(layer.last), inputSize(layer), layer.outputSize, layer.sources[0]!.length];
      return `ArgMax(${sizes.join(', ')}, ${constant('sources', table(layer.sources))})`;
    }
    case 'move': {
      const sources = constant('sources', list(layer.sources));
      return `Move(${inputSize(layer)}, ${layer.outputSize}, ${sources}, ${layer.fill})`;
    }
    case 'steps': {
      const { bits, min, starts, ends } = layer.form;
      const edges = [constant('starts', list(starts)), constant('ends', list(ends))];
      return `StepLookups(${[layer.outputSize, bits, min, ...edges].join(', ')})`;
    }
    case 'floatsum': {
      const taps = layer.sources[0]!.length;
      const sizes = [inputSize(layer), layer.outputSize, taps, Number(layer.signed)];
      const drops = [...layer.drops, ...Array<number>(taps - layer.drops.length).fill(0)];
      return `FloatSums(${sizes.join(', ')}, ${list(drops)}, ${constant('sources', table(layer.sources))})`;
    }
    case 'softmax': {
      const { gap, subnormal, spread, highest, saturates, bits, zeroPoint, tables } = layer.form;
      const sizes = [layer.sources.length, layer.sources[0]!.length, constant('sources', table(layer.sources))];
      const exponents = [gap, Number(subnormal), spread, constant('tables', table(tables))];
      const quotient = [highest, Number(saturates), bits, zeroPoint];
      return `Softmax(${[...sizes, ...exponents, ...quotient].join(', ')})`;
    }
    case 'logsoftmax': {
      const { exponentials, sumBits, tailBits, coefficients, doubling, slope, most, excessBits, zeroPoint } =
        layer.form;
      const sizes = [layer.sources.length, layer.sources[0]!.length, constant('sources', table(layer.sources))];
      const sums = [constant('exponentials', list(exponentials)), sumBits];
      const logarithm = [tailBits, coefficients.length - 1, constant('coefficients', table(coefficients)), doubling];
      return `LogSoftmax(${[...sizes, ...sums, ...logarithm, FRACTION_BITS, slope, most, excessBits, zeroPoint].join(', ')})`;
    }
  }
}

function inputSize(layer: Layer): number {
  return layer.inputs.reduce((sum, { size }) => sum + size, 0);
}

function model(plan: CircuitPlan, constants: Constants): string[] {
  const lines = [
    'template Model() {',
    `    signal input x[${plan.inputSize}];`,
    `    signal output y[${plan.outputSize}];`,
    '',
  ];
  let offset = 0;
  plan.statement.inputs.forEach(({ shape, name }, index) => {
    const size = elementCount(shape);
    lines.push(`    // ${commentText(name)}`, `    signal input${index}[${size}];`);
    lines.push(...copyLoop(`input${index}`, 0, 'x', offset, size));
    offset += size;
  });
  for (const layer of plan.layers) {
    const { name, op, shape, constraints } = layer.report;
    lines.push('', `    // ${commentText(name)}: ${op} -> [${shape.join(', ')}], ${constraints} constraints`);
    lines.push(`    component ${layer.output} = ${instance(layer, constants)};`);
    lines.push(...wire(layer));
  }
  lines.push('');
  offset = 0;
  for (const { signal, size } of plan.outputs) {
    lines.push(...copyLoop('y', offset, read(signal), 0, size));
    offset += size;
  }
  return [...lines, '}'];
}

/** Inputs of a layer, one array or several, one after the other. */
function wire({ inputs, output }: Layer): string[] {
  if (inputs.length === 1) return [`    ${output}.x <== ${read(inputs[0]!.signal)};`];
  let offset = 0;
  return inputs.flatMap(({ signal, size }) => {
    const lines = copyLoop(`${output}.x`, offset, read(signal), 0, size);
    offset += size;
    return lines;
  });
}

/** Wires `size` elements of one array to another. */
function copyLoop(to: string, toOffset: number, from: string, fromOffset: number, size: number): string[] {
  const at = (offset: number): string => (offset === 0 ? 'i' : `${offset} + i`);
  return [
    `    for (var i = 0; i < ${size}; i++) {`,
    `        ${to}[${at(toOffset)}] <== ${from}[${at(fromOffset)}];`,
    '    }',
  ];
}

/** A plan signal as circom names it: inputs are arrays, everything else the output of a layer. */
function read(signal: string): string {
  return signal.startsWith('layer') ? `${signal}.y` : signal;
}

function main(plan: CircuitPlan): string[] {
  const { input, output, inputs, outputs } = plan.statement;
  const inputMin = dtypeRange(inputs[0]!.dtype).min;
  const outputMin = dtypeRange(outputs[0]!.dtype).min;
  const committed = { input: input === 'committed', output: output === 'committed' };
  const elements = (size: number, isCommitted: boolean): number => (isCommitted ? 1 : Math.ceil(size / 31));
  const counts = {
    input: elements(plan.inputSize, committed.input),
    output: elements(plan.outputSize, committed.output),
  };
  const part = (name: 'input' | 'output', size: number, min: number, source: string): string[] => [
    `    component ${name}Part = ${committed[name] ? 'CommittedPart' : 'PackBytes'}(${size}, ${min});`,
    `    ${name}Part.in <== ${source};`,
    ...(committed[name] ? [`    ${name}Part.salt <== ${name}Salt;`] : []),
  ];
  // Commitments come before tensors (docs/statement.md).
  const order = (['input', 'output'] as const).toSorted((a, b) => Number(committed[b]) - Number(committed[a]));
  let offset = 0;
  const elementLines = order.flatMap((name) => {
    const lines = copyLoop('statement.e', offset, `${name}Part.out`, 0, counts[name]);
    offset += counts[name];
    return lines;
  });
  return [
    'template Inference() {',
    '    signal input C;',
    '    signal input r;',
    '    signal input s;',
    `    signal input x[${plan.inputSize}];`,
    ...(committed.input ? ['    signal input inputSalt;'] : []),
    ...(committed.output ? ['    signal input outputSalt;'] : []),
    '',
    `    component inRange[${plan.inputSize}];`,
    `    for (var i = 0; i < ${plan.inputSize}; i++) {`,
    `        inRange[i] = RangeCheck(8, ${inputMin});`,
    '        inRange[i].in <== x[i];',
    '    }',
    '    component model = Model();',
    '    model.x <== x;',
    '',
    ...part('input', plan.inputSize, inputMin, 'x'),
    ...part('output', plan.outputSize, outputMin, 'model.y'),
    `    component statement = Statement(${counts.input + counts.output});`,
    '    statement.C <== C;',
    '    statement.r <== r;',
    '    statement.s <== s;',
    ...elementLines,
    '}',
    '',
    'component main {public [C, r, s]} = Inference();',
  ];
}
