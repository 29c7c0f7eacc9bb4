/** Checks of one random graph: ONNX Runtime in exact mode, the integer reference and the plan. */
import { buildPlan } from '../../src/plan/build.js';
import type { CircuitCase } from '../support/check-circuits.js';
import { BOUNDS } from '../support/compare-oracle.js';
import type { Feed, Oracle } from '../support/onnxruntime.js';
import { Random } from '../support/random.js';
import { lower, runGraph, runIntegers } from '../support/run-model.js';
import { product } from './context.js';
import type { RandomGraph, Step, TensorNode } from './graph.js';
import { describeGraph, encodeGraph, encodeStep } from './graph.js';

const RUNS = 2;

/** What was compared, over many graphs. */
export class Tally {
  graphs = 0;
  /** Elements of steps that ONNX Runtime has as integer operators, all equal. */
  exact = 0;
  /** Elements of steps that it leaves in float32, and how many of them are one step away. */
  float = 0;
  offByOne = 0;
  /** Elements of the outputs of graphs that it fuses entirely, all equal. */
  wholeExact = 0;
  /** Elements of the outputs of the other graphs, and how many of them differ. */
  wholeFloat = 0;
  wholeDifferent = 0;
  /** Output tensors of at least 8 elements, and those among them that hold less than 3 different integers. */
  outputs = 0;
  constant = 0;
  readonly operators = new Map<string, number>();

  toString(): string {
    const operators = [...this.operators].toSorted().map(([op, count]) => `${op} ${count}`);
    return [
      `${this.graphs} graphs: ${operators.join(', ')}`,
      `steps against ONNX Runtime: ${this.exact} elements equal; left in float32: ${this.offByOne} of ${this.float} one step away`,
      `graphs against ONNX Runtime: ${this.wholeExact} elements equal; partly in float32: ${this.wholeDifferent} of ${this.wholeFloat} differ`,
    ].join('\n');
  }
}

/**
 * Runs a graph on random inputs. Step by step, on the integers that the reference has there: ONNX Runtime gives the same, or within one
 * where it calculates in float32. As a whole: the reference gives what its steps give, one after the other; ONNX Runtime too where it has
 * integer operators for all of it.
 */
export async function checkGraph(oracle: Oracle, graph: RandomGraph, seed: number, tally: Tally): Promise<CircuitCase> {
  const model = encodeGraph(graph);
  const lowered = lower(model);
  const plan = buildPlan(lowered, { input: 'public', output: 'public' });
  const random = new Random(seed ^ 0x5eed);
  const runs: Record<string, number[]>[] = [];
  for (let run = 0; run < RUNS; run++) {
    const values = new Map(graph.inputs.map((tensor) => [tensor.id, randomElements(random, tensor)]));
    const inputs = Object.fromEntries(
      graph.inputs.map((tensor) => [`in${tensor.id}`, edgeElements(graph, tensor, values.get(tensor.id)!)]),
    );
    for (const step of graph.steps) await checkStep(oracle, graph, step, values, tally);
    const stepwise = graph.outputs.flatMap(({ id }) => values.get(id)!);
    expect(runIntegers(lowered, inputs).output).toEqual(stepwise);
    await checkWhole(oracle, graph, model, inputs, runGraph(lowered, inputs), tally);
    countConstant(graph, values, tally);
    runs.push(inputs);
  }
  tally.graphs++;
  for (const { op } of graph.steps) tally.operators.set(op, (tally.operators.get(op) ?? 0) + 1);
  return { name: `${seed}: ${describeGraph(graph)}`, graph: lowered, plan, runs };
}

/** Evaluates a step on its own and adds its results to `values`. */
async function checkStep(
  oracle: Oracle,
  graph: RandomGraph,
  step: Step,
  values: Map<number, number[]>,
  tally: Tally,
): Promise<void> {
  const model = encodeStep(graph, step);
  const inputs = Object.fromEntries(step.inputs.map(({ id }) => [`in${id}`, values.get(id)!]));
  const actual = runGraph(lower(model), inputs);
  const expected = await oracle.run(model, feeds(step.inputs, inputs, false));
  for (const { id, shape } of step.outputs) {
    const [ours, theirs] = [actual[`out${id}`]!, expected[`out${id}`]!];
    expect(theirs.shape).toEqual([...shape]);
    if (step.oracle === 'exact') {
      expect({ step: step.op, output: ours }).toEqual({ step: step.op, output: theirs.data });
      tally.exact += ours.length;
    } else {
      const distances = ours.map((q, i) => Math.abs(q - theirs.data[i]!));
      expect({ step: step.op, distance: Math.max(0, ...distances) <= 1 ? 'within one' : distances }).toEqual({
        step: step.op,
        distance: 'within one',
      });
      tally.float += ours.length;
      tally.offByOne += distances.filter((distance) => distance > 0).length;
    }
    values.set(id, ours);
  }
}

async function checkWhole(
  oracle: Oracle,
  graph: RandomGraph,
  model: Uint8Array,
  inputs: Readonly<Record<string, readonly number[]>>,
  actual: Readonly<Record<string, readonly number[]>>,
  tally: Tally,
): Promise<void> {
  const expected = await oracle.run(model, feeds(graph.inputs, inputs, graph.floatEdges));
  const isExact = isFused(graph);
  for (const { id } of graph.outputs) {
    const [ours, theirs] = [actual[`out${id}`]!, expected[`out${id}`]!.data];
    if (isExact) {
      expect({ output: id, data: ours }).toEqual({ output: id, data: theirs });
      tally.wholeExact += ours.length;
    } else {
      tally.wholeFloat += ours.length;
      tally.wholeDifferent += ours.filter((q, i) => q !== theirs[i]).length;
    }
  }
}

/** Whether ONNX Runtime has integer operators for all of a graph: it leaves int8 tensors of QDQ models that have several readers in float32. */
function isFused({ form, steps, outputs }: RandomGraph): boolean {
  if (steps.some(({ oracle }) => oracle !== 'exact')) return false;
  if (form === 'QOperator') return true;
  const readers = [...steps.flatMap(({ inputs }) => inputs), ...outputs];
  const hasSeveral = readers.some(({ id }, i) => readers.findIndex((reader) => reader.id === id) !== i);
  return !(hasSeveral && readers[0]!.parameters!.dtype === 'int8');
}

function randomElements(random: Random, { shape, parameters }: TensorNode): number[] {
  const [min, max] = BOUNDS[parameters!.dtype];
  return random.integers(product(shape), min, max);
}

/** Elements as the graph input takes them. */
function edgeElements({ floatEdges }: RandomGraph, { parameters }: TensorNode, integers: readonly number[]): number[] {
  const { scale, zeroPoint } = parameters!;
  return integers.map((q) => (floatEdges ? Math.fround((q - zeroPoint) * scale) : q));
}

function feeds(
  tensors: readonly TensorNode[],
  inputs: Readonly<Record<string, readonly number[]>>,
  isFloat: boolean,
): Record<string, Feed> {
  return Object.fromEntries(
    tensors.map(({ id, shape, parameters }) => [
      `in${id}`,
      { type: isFloat ? 'float32' : parameters!.dtype, data: inputs[`in${id}`]!, shape },
    ]),
  );
}

function countConstant(graph: RandomGraph, values: ReadonlyMap<number, readonly number[]>, tally: Tally): void {
  for (const { id } of graph.outputs) {
    const data = values.get(id)!;
    if (data.length < 8) continue;
    tally.outputs++;
    if (new Set(data).size < 3) tally.constant++;
  }
}
