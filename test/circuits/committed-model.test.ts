import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkWitness } from '../../src/circom/r1cs.js';
import { CIRCUITS_FOLDER } from '../../src/circom/compile.js';
import { evaluateCommitted } from '../../src/plan/committed/evaluate.js';
import type { Circuit } from '../support/circuit-harness.js';
import { mod } from '../support/circuit-harness.js';
import type { CommittedCase } from '../support/committed.js';
import { circuitInputs, commitmentOf, committedCase, compileText } from '../support/committed.js';
import { ModelBuilder } from '../support/model-builder.js';
import { lower } from '../support/run-model.js';

/** Two channels of a 2x2 convolution over 3x3 pixels, pooled to one pixel each. */
function smallModel(): Uint8Array {
  const builder = new ModelBuilder();
  const x = { scale: 0.02, zeroPoint: -7, dtype: 'int8' } as const;
  const y = { scale: 0.3, zeroPoint: 4, dtype: 'int8' } as const;
  builder.input('x', 'float32', [1, 1, 3, 3]);
  const input = builder.dequantize(builder.quantize('x', x), x);
  const weights = builder.weights([2, 1, 2, 2], [90, -70, 33, 127, -128, 5, 66, -40], {
    scale: [0.011, 0.007],
    zeroPoint: [0, 0],
    dtype: 'int8',
    axis: 0,
  });
  const conv = builder.node('Conv', [input, weights], { kernel_shape: [2, 2] });
  const quantized = builder.dequantize(builder.quantize(conv, y), y);
  const pooled = builder.node('MaxPool', [quantized], { kernel_shape: [2, 2] });
  builder.dequantize(builder.quantize(pooled, y), y, 'y');
  builder.output('y', 'float32', [1, 2, 1, 1]);
  return builder.encode();
}

const INPUT = [12, -100, 55, 127, -128, 3, 90, 31, -60];

/** The circuit's text with a template file changed; its constraints stay unless the change is to a constraint. */
function dishonest(text: string, change: (source: string) => string): string {
  const path = 'committed/product-check.circom';
  const source = readFileSync(join(CIRCUITS_FOLDER, path), 'utf8');
  const changed = change(source);
  expect(changed).not.toBe(source);
  const [head, body] = [changed.slice(0, changed.indexOf('/**')), changed.slice(changed.indexOf('/**'))];
  const includes = head.replace('pragma circom 2.1.6;', '').replace('"../', '"');
  return text
    .replace(`include "${path}";`, includes)
    .replace('template Inference', () => `${body}\ntemplate Inference`);
}

describe('a circuit with committed weights', () => {
  let model: CommittedCase;
  let circuit: Circuit;
  let honest: bigint[];

  beforeAll(async () => {
    model = committedCase(lower(smallModel()));
    circuit = await compileText(model.text);
    honest = await circuit.witness(await circuitInputs(model, INPUT));
  });

  it('has the predicted number of constraints and no wire that nothing reads', () => {
    expect(circuit.r1cs.nConstraints).toBe(model.plan.constraints);
    expect(circuit.looseWires()).toEqual([]);
    expect(checkWitness(circuit.r1cs, honest)).toBeUndefined();
  });

  it('refuses another output, another commitment, and other weights than committed', async () => {
    const output = evaluateCommitted(model.plan.architecture, model.numbers, INPUT);
    const commitment = await commitmentOf(model, model.numbers);
    const refused = { code: 'CHECK_FAILED' };
    await expect(
      circuit.witness(await circuitInputs(model, INPUT, { output: output.with(1, output[1]! ^ 1) })),
    ).rejects.toMatchObject(refused);
    await expect(
      circuit.witness(await circuitInputs(model, INPUT, { commitment: commitment + 1n })),
    ).rejects.toMatchObject(refused);
    const { weights, numbers, exceptions } = model.numbers;
    for (const changed of [
      { weights: weights.with(5, weights[5]! ^ 1) },
      { weights: weights.with(0, weights[1]!).with(1, weights[0]!) },
      { numbers: numbers.with(2, `${Number(numbers[2]) + 1}`) },
      { exceptions: exceptions.with(0, exceptions[0]! + 1) },
    ]) {
      const other = { ...model, numbers: { ...model.numbers, ...changed } };
      await expect(circuit.witness(await circuitInputs(other, INPUT, { commitment }))).rejects.toMatchObject(refused);
      // Under their own commitment they are a model like any other.
      await expect(circuit.witness(await circuitInputs(other, INPUT))).resolves.toBeDefined();
    }
  });

  it('refuses weights that are no bytes, even under their own commitment', async () => {
    const { weights } = model.numbers;
    const wide = {
      ...model,
      numbers: { ...model.numbers, weights: weights.with(0, weights[0]! - 1).with(1, weights[1]! + 256) },
    };
    expect(await commitmentOf(wide, wide.numbers)).toBe(await commitmentOf(model, model.numbers));
    await expect(circuit.witness(await circuitInputs(wide, INPUT))).rejects.toMatchObject({ code: 'CHECK_FAILED' });
  });

  it('rejects a wrong accumulator with everything that follows from it solved anew', async () => {
    const wrongSum = (source: string): string =>
      source.replace('y[m * outSize + p] <-- sum;', 'y[m * outSize + p] <-- sum + (m == 1 && p == 2 ? 1 : 0);');
    const caught = await compileText(dishonest(model.text, wrongSum));
    const inputs = await circuitInputs(model, INPUT);
    await expect(caught.witness(inputs)).rejects.toMatchObject({
      message: expect.stringContaining('ProductCheck') as string,
    });

    // The same prover, blind to the check: all other constraints hold, the check does not.
    const blind = await compileText(dishonest(model.text, (source) => wrongSum(source).replace('left === right;', '')));
    expect(blind.r1cs.nConstraints).toBe(circuit.r1cs.nConstraints - 1);
    const forged = translate(blind, await blind.witness(inputs), circuit);
    expect(forged[circuit.wire('challenge.out')]).not.toBe(honest[circuit.wire('challenge.out')]);
    expect(checkWitness(blind.r1cs, translate(circuit, forged, blind))).toBeUndefined();
    expect(checkWitness(circuit.r1cs, forged)).toBeDefined();
  });

  it('rejects a challenge that is not the hash, and any change of what is hashed', () => {
    const changed = [
      'challenge.out',
      'commitment.out',
      'check0.y[0]',
      'check0.y[5]',
      'challenge.in[1]',
      'challenge.in[2]',
    ];
    for (const signal of [...changed, 'weights[3]', 'numbers[2]', 'numbers[3]', 'weightsSalt', 'x[4]']) {
      const wire = circuit.wire(signal);
      const forged = honest.with(wire, mod(honest[wire]! + 1n));
      expect([signal, checkWitness(circuit.r1cs, forged)?.constraint]).toEqual([signal, expect.any(Number)]);
    }
  });
});

/** A witness of one circuit on the wires of another with the same signals. */
function translate(from: Circuit, witness: readonly bigint[], to: Circuit): bigint[] {
  const result = Array<bigint>(to.r1cs.nWires).fill(0n);
  result[0] = 1n;
  for (const [name, wire] of to.wires) {
    const source = from.wires.get(name);
    if (wire >= 0 && source !== undefined && source >= 0) result[wire] = witness[source]!;
  }
  return result;
}
