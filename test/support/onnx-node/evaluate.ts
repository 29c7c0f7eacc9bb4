/** What becomes of an official operator test in each of its forms. */
import { ProblemsError, ZkinferError } from '../../../src/errors.js';
import type { Graph } from '../../../src/ir/types.js';
import { buildPlan } from '../../../src/plan/build.js';
import type { CircuitPlan } from '../../../src/plan/types.js';
import type { CircuitCase } from '../check-circuits.js';
import { lower, runGraph } from '../run-model.js';
import type { AdaptedTest } from './adapt.js';
import { asIs } from './adapt.js';
import { NodeTest, Unadaptable } from './archive.js';
import { asOrderPreserving } from './by-order.js';
import { asQuantized } from './quantized.js';

/** Forms of a test, the most direct first. */
export const FORMS = { 'as is': asIs, 'by order': asOrderPreserving, quantized: asQuantized } as const;
export type Form = keyof typeof FORMS;

export interface Passed {
  readonly kind: 'passed';
  readonly form: Form;
  readonly test: AdaptedTest;
  readonly graph: Graph;
  readonly plan: CircuitPlan;
}

export type Outcome =
  | Passed
  /** Compiled, and gives something else: always a fault. */
  | { readonly kind: 'wrong'; readonly form: Form; readonly difference: string }
  | { readonly kind: 'refused'; readonly reasons: Readonly<Partial<Record<Form, string>>> };

/** The first form of a test that can be compiled, checked against the integer reference. */
export function evaluateTest(name: string): Outcome {
  const test = new NodeTest(name);
  const reasons: Partial<Record<Form, string>> = {};
  for (const form of Object.keys(FORMS) as Form[]) {
    try {
      const adapted = FORMS[form](test);
      const graph = lower(adapted.model);
      const plan = buildPlan(graph, { input: 'public', output: 'public' });
      const difference = compare(adapted, graph);
      return difference ? { kind: 'wrong', form, difference } : { kind: 'passed', form, test: adapted, graph, plan };
    } catch (error) {
      const isRefusal = error instanceof ZkinferError && error.code !== 'INTERNAL';
      if (!isRefusal && !(error instanceof Unadaptable)) throw error;
      const problems = error instanceof ProblemsError ? error.problems : [error];
      reasons[form] = problems.map(({ message }) => message).join('; ');
    }
  }
  return { kind: 'refused', reasons };
}

/** What passes, to be checked as circuits; only the plans that `isWanted`. */
export function circuitCases(
  outcomes: ReadonlyMap<string, Outcome>,
  isWanted: (plan: CircuitPlan) => boolean = () => true,
): CircuitCase[] {
  return [...outcomes].flatMap(([name, outcome]) => {
    if (outcome.kind !== 'passed' || !isWanted(outcome.plan)) return [];
    return [{ name, graph: outcome.graph, plan: outcome.plan, runs: [outcome.test.inputs] }];
  });
}

/** The first difference between the reference's outputs and the expected ones. */
function compare({ inputs, outputs }: AdaptedTest, graph: Graph): string | undefined {
  const results = runGraph(graph, inputs);
  for (const [name, { data, shape }] of Object.entries(outputs)) {
    const edge = graph.outputs.find((output) => output.name === name)!;
    if (edge.shape.join() !== shape.join()) return `${name} has the shape [${edge.shape}] instead of [${shape}]`;
    const index = data.findIndex((element, i) => !Object.is(element + 0, results[name]![i]! + 0));
    if (index >= 0) return `${name}[${index}] is ${results[name]![index]} instead of ${data[index]}`;
  }
  return undefined;
}
