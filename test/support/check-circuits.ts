/** Checks plans as circuits, many per run of the compiler. */
import { checkWitness } from '../../src/circom/r1cs.js';
import type { Graph } from '../../src/ir/types.js';
import type { CircuitPlan } from '../../src/plan/types.js';
import { ModelGroup } from './model-group.js';
import { runIntegers } from './run-model.js';

export interface CircuitCase {
  readonly name: string;
  readonly graph: Graph;
  readonly plan: CircuitPlan;
  /** Graph inputs by name, one record for each run; every case of a check has the same number of runs. */
  readonly runs: readonly Readonly<Record<string, readonly number[]>>[];
}

/** Constraints that the compiler gets at once. */
const GROUP_CONSTRAINTS = 50_000;

/**
 * Compiles all cases and expects of each that its honest witness holds the reference's outputs in every run, satisfies all constraints, and
 * that no output element can be another in it.
 */
export async function checkCircuits(cases: readonly CircuitCase[]): Promise<void> {
  for (const group of groupsOf(cases)) {
    const compiled = await compileGroup(group);
    for (const run of group[0]!.runs.keys()) {
      const expected = group.map(({ graph, runs }) => runIntegers(graph, runs[run]!));
      const witness = await compiled.witness(expected.map(({ input }) => input));
      expect(checkWitness(compiled.circuit.r1cs, witness)).toBeUndefined();
      const byName = (value: (index: number) => unknown): Record<string, unknown> =>
        Object.fromEntries(group.map(({ name }, index) => [name, value(index)]));
      expect(byName((i) => compiled.output(witness, i))).toEqual(byName((i) => expected[i]!.output));
      if (run > 0) continue;
      expect(byName((i) => compiled.unnoticedOutputs(witness, i))).toEqual(byName(() => []));
    }
  }
}

/** Where the compiler refuses a group, names the case that it refuses alone. */
async function compileGroup(group: readonly CircuitCase[]): Promise<ModelGroup> {
  try {
    return await ModelGroup.compile(group.map(({ plan }) => plan));
  } catch (error) {
    for (const { name, plan } of group) {
      await ModelGroup.compile([plan]).catch((cause: unknown) => {
        throw new Error(`${name}: ${String(cause)}`, { cause });
      });
    }
    throw error;
  }
}

function groupsOf(cases: readonly CircuitCase[]): CircuitCase[][] {
  const groups: CircuitCase[][] = [];
  let room = 0;
  for (const item of cases) {
    if (item.plan.constraints > room) {
      groups.push([]);
      room = GROUP_CONSTRAINTS;
    }
    groups.at(-1)!.push(item);
    room -= item.plan.constraints;
  }
  return groups;
}
