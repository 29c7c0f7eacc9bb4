/** Circuits with committed weights, without keys. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { weightInputs } from '../../src/api/commit.js';
import { ArtifactName } from '../../src/artifacts/names.js';
import type { CommittedNumbers, WeightsFile } from '../../src/artifacts/weights-file.js';
import { compileCircuit } from '../../src/circom/compile.js';
import { emitCommittedCircuit } from '../../src/circom/emit-committed.js';
import { readR1cs } from '../../src/circom/r1cs.js';
import { readSym } from '../../src/circom/sym.js';
import { toField } from '../../src/hash/field.js';
import type { Graph } from '../../src/ir/types.js';
import type { CommittedPlan } from '../../src/plan/committed/build.js';
import { buildCommittedPlan } from '../../src/plan/committed/build.js';
import { evaluateCommitted } from '../../src/plan/committed/evaluate.js';
import { numbersOf, packedParts } from '../../src/plan/committed/weights.js';
import type { WitnessInputs } from '../../src/prover/witness.js';
import { WitnessGenerator } from '../../src/prover/witness.js';
import { ZERO_CONTEXT } from '../../src/statement/challenge.js';
import { buildStatement } from '../../src/statement/statement.js';
import { commitWeights } from '../../src/statement/weights.js';
import { Circuit } from './circuit-harness.js';

const SALT = 987_654_321n;

export interface CommittedCase {
  readonly plan: CommittedPlan;
  readonly text: string;
  readonly numbers: CommittedNumbers;
}

export function committedCase(graph: Graph): CommittedCase {
  const plan = buildCommittedPlan(graph, { input: 'public', output: 'public' });
  const text = emitCommittedCircuit(plan.architecture, plan.statement);
  return { plan, text, numbers: numbersOf(graph, plan.architecture) };
}

export async function compileText(text: string): Promise<Circuit> {
  const folder = await mkdtemp(join(tmpdir(), 'zkinfer-committed-'));
  try {
    await compileCircuit(text, folder);
    return new Circuit(
      await readR1cs(join(folder, ArtifactName.constraints)),
      await readSym(join(folder, ArtifactName.symbols)),
      await WitnessGenerator.load(new Uint8Array(await readFile(join(folder, ArtifactName.witnessProgram)))),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function commitmentOf({ plan }: CommittedCase, numbers: CommittedNumbers): Promise<bigint> {
  const elements = numbers.numbers.map((number) => toField(BigInt(number)));
  return commitWeights(SALT, packedParts(numbers, plan.architecture.steps), elements);
}

/** What may be false in a statement that is otherwise consistent. */
export interface Falsehood {
  readonly output?: readonly number[];
  /** Commitment in the statement. */
  readonly commitment?: bigint;
}

/** Inputs of the circuit for a sample; the public signals are those of the values given, true or not. */
export async function circuitInputs(
  model: CommittedCase,
  input: readonly number[],
  { output, commitment }: Falsehood = {},
): Promise<WitnessInputs> {
  const { plan, numbers } = model;
  const { C, r, s } = await buildStatement({
    layout: plan.statement,
    modelId: `0x${'11'.repeat(32)}`,
    context: ZERO_CONTEXT,
    values: {
      input,
      output: output ?? evaluateCommitted(plan.architecture, numbers, input),
      weightsCommitment: commitment ?? (await commitmentOf(model, numbers)),
    },
  });
  return { C, r, s, x: input, ...weightInputs({ ...numbers, salt: SALT.toString() } as WeightsFile) };
}
