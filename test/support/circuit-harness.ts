import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArtifactName } from '../../src/artifacts/names.js';
import { compileCircuit } from '../../src/circom/compile.js';
import type { R1cs } from '../../src/circom/r1cs.js';
import { readR1cs } from '../../src/circom/r1cs.js';
import type { SignalWires } from '../../src/circom/sym.js';
import { readSym } from '../../src/circom/sym.js';
import { SNARK_FIELD } from '../../src/hash/field.js';
import type { WitnessInputs } from '../../src/prover/witness.js';
import { WitnessGenerator } from '../../src/prover/witness.js';
import { readWtns } from '../../src/prover/wtns.js';

export const mod = (value: bigint): bigint => ((value % SNARK_FIELD) + SNARK_FIELD) % SNARK_FIELD;

/** A compiled instance of a template. */
export class Circuit {
  constructor(
    readonly r1cs: R1cs,
    readonly wires: SignalWires,
    private readonly generator: WitnessGenerator,
  ) {}

  /** The honest witness, as the circuit's own program calculates it. */
  async witness(inputs: WitnessInputs): Promise<bigint[]> {
    return readWtns(await this.generator.calculate(inputs));
  }

  /** Wire of a signal of main, such as `x[3]`. */
  wire(signal: string): number {
    const wire = this.wires.get(`main.${signal}`);
    if (wire === undefined || wire < 0) throw new Error(`no wire for ${signal}`);
    return wire;
  }

  /** Those of the signals that the circuit has kept; circom drops inputs that nothing reads. */
  present(signals: readonly string[]): string[] {
    return signals.filter((signal) => (this.wires.get(`main.${signal}`) ?? -1) >= 0);
  }

  /** Values by wire for the given signals: what a search for witnesses starts from. */
  assign(values: Readonly<Record<string, number | bigint>>): Map<number, bigint> {
    return new Map(Object.entries(values).map(([signal, value]) => [this.wire(signal), mod(BigInt(value))]));
  }

  /** Wires that appear in no constraint: anything could be written on them. */
  looseWires(): number[] {
    const used = new Set([0]);
    for (const matrix of [this.r1cs.A, this.r1cs.B, this.r1cs.C]) matrix.wires.forEach((wire) => used.add(wire));
    return Array.from({ length: this.r1cs.nWires }, (_, wire) => wire).filter((wire) => !used.has(wire));
  }
}

/** Compiles `component main = <instance>` with the template files it needs. */
export async function compileInstance(
  includes: readonly string[],
  instance: string,
  preamble = '',
  publicInputs: readonly string[] = [],
): Promise<Circuit> {
  const folder = await mkdtemp(join(tmpdir(), 'zkinfer-template-'));
  try {
    const lines = ['pragma circom 2.1.6;', ...includes.map((path) => `include "${path}.circom";`), preamble];
    const visible = publicInputs.length > 0 ? ` {public [${publicInputs.join(', ')}]}` : '';
    await compileCircuit(`${lines.join('\n')}\ncomponent main${visible} = ${instance};\n`, folder);
    return new Circuit(
      await readR1cs(join(folder, ArtifactName.constraints)),
      await readSym(join(folder, ArtifactName.symbols)),
      await WitnessGenerator.load(new Uint8Array(await readFile(join(folder, ArtifactName.witnessProgram)))),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An array, nested ones included, as circom writes it. */
export function literal(value: number | bigint | readonly unknown[]): string {
  return Array.isArray(value) ? `[${value.map((item) => literal(item as number)).join(', ')}]` : String(value);
}
