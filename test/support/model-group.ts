/** Many small models as one circuit: the compiler takes a second for each run, whatever it compiles. */
import { emitCircuit } from '../../src/circom/emit.js';
import { evaluateRow } from '../../src/circom/r1cs.js';
import { SNARK_FIELD } from '../../src/hash/field.js';
import type { CircuitPlan } from '../../src/plan/types.js';
import type { Circuit } from './circuit-harness.js';
import { compileInstance, mod } from './circuit-harness.js';

/** The models of some plans (without their statements), side by side, compiled. */
export class ModelGroup {
  private rows: Map<number, number[]> | undefined;

  private constructor(
    readonly circuit: Circuit,
    private readonly plans: readonly CircuitPlan[],
  ) {}

  static async compile(plans: readonly CircuitPlan[]): Promise<ModelGroup> {
    const includes = new Set<string>();
    const bodies = plans.map((plan, index) => {
      const lines = emitCircuit(plan).split('\n');
      for (const line of lines) {
        const path = /^include "(.+)\.circom";$/.exec(line)?.[1];
        if (path) includes.add(path);
      }
      const body = lines.filter((line) => !/^(pragma|include|component main) /.test(line)).join('\n');
      return renamed(body, index);
    });
    const members = plans.flatMap(({ inputSize, outputSize }, i) => [
      `    signal input x${i}[${inputSize}];`,
      `    signal output y${i}[${outputSize}];`,
      `    component model${i} = Model_${i}();`,
      `    model${i}.x <== x${i};`,
      `    y${i} <== model${i}.y;`,
    ]);
    // Public, so that the compiler keeps inputs and outputs apart where a model copies.
    const inputs = plans.map((_, i) => `x${i}`);
    const preamble = [...bodies, 'template Models() {', ...members, '}'].join('\n');
    return new ModelGroup(await compileInstance([...includes], 'Models()', preamble, inputs), plans);
  }

  /** The honest witness for one input of every model. */
  witness(inputs: readonly (readonly number[])[]): Promise<bigint[]> {
    return this.circuit.witness(Object.fromEntries(inputs.map((input, i) => [`x${i}`, input])));
  }

  /** Output of a model in a witness. */
  output(witness: readonly bigint[], model: number): number[] {
    const wires = this.outputWires(model);
    return wires.map((wire) =>
      Number(witness[wire]! > SNARK_FIELD / 2n ? witness[wire]! - SNARK_FIELD : witness[wire]!),
    );
  }

  /** Output elements of a model that could be raised or lowered by one in a witness without any constraint being broken. */
  unnoticedOutputs(witness: readonly bigint[], model: number): number[] {
    const rows = this.rowsByOutput();
    const forged = [...witness];
    return this.outputWires(model).flatMap((wire, element) => {
      const isUnnoticed = [1n, -1n].some((step) => {
        forged[wire] = mod(witness[wire]! + step);
        return rows.get(wire)!.every((row) => this.holds(row, forged));
      });
      forged[wire] = witness[wire]!;
      return isUnnoticed ? [element] : [];
    });
  }

  private outputWires(model: number): number[] {
    return Array.from({ length: this.plans[model]!.outputSize }, (_, i) => this.circuit.wire(`y${model}[${i}]`));
  }

  private holds(row: number, witness: readonly bigint[]): boolean {
    const { r1cs } = this.circuit;
    const [a, b, c] = [r1cs.A, r1cs.B, r1cs.C].map((matrix) => evaluateRow(r1cs, matrix, row, witness)) as [
      bigint,
      bigint,
      bigint,
    ];
    return mod(a * b - c) === 0n;
  }

  /** Constraints that each output wire appears in. */
  private rowsByOutput(): Map<number, number[]> {
    if (this.rows) return this.rows;
    const rows = new Map<number, number[]>(this.plans.flatMap((_, i) => this.outputWires(i).map((wire) => [wire, []])));
    const { r1cs } = this.circuit;
    for (const { offsets, wires } of [r1cs.A, r1cs.B, r1cs.C]) {
      for (let row = 0; row < r1cs.nConstraints; row++) {
        for (let i = offsets[row]!; i < offsets[row + 1]!; i++) rows.get(wires[i]!)?.push(row);
      }
    }
    this.rows = rows;
    return rows;
  }
}

/** Puts the model's number behind the name of everything that a circuit declares. */
function renamed(text: string, index: number): string {
  const names = [...text.matchAll(/^(?:function|template) (\w+)\(/gm)].map((match) => match[1]!);
  return text.replace(new RegExp(`\\b(${names.join('|')})\\(`, 'g'), (_, name: string) => `${name}_${index}(`);
}
