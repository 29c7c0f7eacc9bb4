/** Describes the property test for a number of graphs. */
import type { CircuitCase } from '../support/check-circuits.js';
import { checkCircuits } from '../support/check-circuits.js';
import { Oracle } from '../support/onnxruntime.js';
import { Tally, checkGraph } from './check.js';
import { generateGraph } from './generate.js';
import { describeGraph } from './graph.js';

/**
 * Random graphs of seeds `first` to `first + count - 1`. ZKINFER_PROPERTY_SEED replays a single one, whatever the range, and prints what it
 * is.
 */
export function describeRandomGraphs(first: number, count: number): void {
  const replayed = process.env.ZKINFER_PROPERTY_SEED;
  const seeds = replayed === undefined ? Array.from({ length: count }, (_, i) => first + i) : [Number(replayed)];
  const cases: CircuitCase[] = [];
  const tally = new Tally();
  let oracle: Oracle;
  beforeAll(() => {
    oracle = new Oracle();
  });
  afterAll(() => {
    oracle.close();
    process.stdout.write(`${tally}\n`);
  });

  it.each(seeds)('seed %i: reference and ONNX Runtime agree', async (seed) => {
    const graph = generateGraph(seed);
    if (replayed !== undefined) process.stdout.write(`${describeGraph(graph)}\n`);
    cases.push(await checkGraph(oracle, graph, seed, tally));
  });

  it('the circuits of all of them give the reference and nothing else', async () => {
    await checkCircuits(cases);
  });

  it('few of the outputs are all the same', () => {
    expect(tally.constant).toBeLessThanOrEqual(tally.outputs / 4);
  });
}
