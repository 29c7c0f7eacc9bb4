/** Rounds of proofs by several provers in alternation, so that what else the machine does touches all of them alike. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromDist } from './dist.mjs';
import { CORES } from './machine.mjs';
import { runToEnd, shareOfCores } from './processes.mjs';

/** However slow a prover is, it makes as many proofs. */
const LEAST_ROUNDS = 2;

/**
 * Rounds A B C A B C ...; a prover whose time is used up is left out of further ones.
 * @param runs [{name, run}], where `run` makes one measurement with a `time` in milliseconds.
 * @returns the measurements by name.
 */
async function alternate(runs, rounds, budget, report) {
  const results = new Map(runs.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of runs) {
      const done = results.get(name);
      const spent = done.reduce((sum, { time }) => sum + time, 0);
      if (done.length >= LEAST_ROUNDS && spent > budget) continue;
      report(`${name}, round ${round + 1} of ${rounds}`);
      done.push(await run());
    }
  }
  return results;
}

/**
 * Whole processes: start, reading of the key, one proof. The proof of each prover is verified.
 * @returns by name {times, cpu (of each round, where known), peak}.
 */
export async function measureCold(contenders, circuit, { rounds, budget, folder, report }) {
  const files = (name) => ({
    proof: join(folder, `${name}-proof.json`),
    publicSignals: join(folder, `${name}-public.json`),
  });
  const runs = contenders.map((contender) => ({
    name: contender.name,
    run: () => runToEnd(...contender.cold(circuit, files(contender.name))),
  }));
  const results = await alternate(runs, rounds, budget, (what) => report(`whole process: ${what}`));
  for (const { name } of contenders) {
    const { proof, publicSignals } = files(name);
    await assertValid(name, circuit, JSON.parse(readFileSync(proof)), JSON.parse(readFileSync(publicSignals)));
  }
  return summaries(results, (measured) => ({
    times: measured.map(({ time }) => time),
    cpu: known(measured.map(({ usage }) => usage?.cpu)),
    peak: largest(measured.map(({ usage }) => usage?.peak)),
  }));
}

/**
 * One process of each prover, which keeps the key; only one proof is under way at a time, on all cores.
 * @returns by name {first, times, cpu, peak}; `first` is the first proof's time, which may hold preparation of the key.
 */
export async function measureWarm(contenders, circuit, { rounds, budget, report }) {
  const warm = contenders.filter((contender) => contender.warm !== undefined);
  const runners = await startAll(warm.map((contender) => () => contender.warm(circuit)));
  try {
    const first = new Map();
    for (const [i, { name }] of warm.entries()) {
      report(`warm: ${name}, first proof`);
      const { time, proof, publicSignals } = await runners[i].prove();
      first.set(name, time);
      if (proof !== undefined) await assertValid(name, circuit, proof, publicSignals);
    }
    const runs = warm.map(({ name }, i) => ({ name, run: () => timedProof(runners[i]) }));
    const results = await alternate(runs, rounds, budget, (what) => report(`warm: ${what}`));
    const peaks = new Map(warm.map(({ name }, i) => [name, runners[i].usage()?.peak]));
    return summaries(results, (measured, name) => ({
      first: first.get(name),
      times: measured.map(({ time }) => time),
      cpu: known(measured.map(({ cpu }) => cpu)),
      peak: peaks.get(name),
    }));
  } finally {
    for (const runner of runners) runner.stop();
  }
}

async function timedProof(runner) {
  const before = runner.usage()?.cpu;
  const { time } = await runner.prove();
  const after = runner.usage()?.cpu;
  return { time, cpu: before === undefined || after === undefined ? undefined : after - before };
}

/**
 * Proofs a minute of several workers at once, each with its share of the cores, keys kept.
 * @returns by name {rates (of each round), peak (of all processes together)}.
 */
export async function measureThroughput(contenders, circuit, { workers, proofs, rounds, budget, report }) {
  const warm = contenders.filter((contender) => contender.warm !== undefined);
  const teams = [];
  try {
    for (const contender of warm) teams.push(await startTeam(contender, circuit, workers));
    const runs = warm.map(({ name }, i) => ({ name, run: () => timedTeam(teams[i].lanes, proofs) }));
    const what = `${workers} worker${workers === 1 ? '' : 's'}`;
    const results = await alternate(runs, rounds, budget, (which) => report(`${what}: ${which}`));
    const peaks = new Map(
      warm.map(({ name }, i) => [name, total(teams[i].runners.map((runner) => runner.usage()?.peak))]),
    );
    return summaries(results, (measured, name) => ({
      rates: measured.map(({ time }) => (60_000 * workers * proofs) / time),
      peak: peaks.get(name),
    }));
  } finally {
    for (const { runners } of teams) for (const runner of runners) runner.stop();
  }
}

/** The processes of a prover's workers, and one function for each worker that makes a proof; each has made one. */
async function startTeam({ warm, isShared }, circuit, workers) {
  const runners = await startAll(
    isShared
      ? [() => warm(circuit)]
      : Array.from({ length: workers }, (_, i) => () => warm(circuit, shareOfCores(i, workers, CORES))),
  );
  const threads = Math.max(1, Math.floor(CORES / workers));
  const lanes = Array.from({ length: workers }, (_, i) =>
    isShared ? () => runners[0].prove(threads) : () => runners[i].prove(),
  );
  try {
    await Promise.all(lanes.map((prove) => prove()));
  } catch (error) {
    for (const runner of runners) runner.stop();
    throw error;
  }
  return { runners, lanes };
}

async function timedTeam(lanes, proofs) {
  const started = performance.now();
  await Promise.all(
    lanes.map(async (prove) => {
      for (let i = 0; i < proofs; i++) await prove();
    }),
  );
  return { time: performance.now() - started };
}

/** Starts runners one after the other; those that run are stopped when one fails. */
async function startAll(starts) {
  const runners = [];
  try {
    for (const start of starts) runners.push(await start());
    return runners;
  } catch (error) {
    for (const runner of runners) runner.stop();
    throw error;
  }
}

async function assertValid(name, { verificationKey }, proof, publicSignals) {
  const { checkGroth16 } = await fromDist('prover/pairing-check.js');
  const key = JSON.parse(readFileSync(verificationKey));
  if (!(await checkGroth16(key, publicSignals.map(BigInt), proof)))
    throw new Error(`a proof of ${name} does not verify`);
}

function summaries(results, summarize) {
  return Object.fromEntries(Array.from(results, ([name, measured]) => [name, summarize(measured, name)]));
}

const known = (values) => values.filter((value) => value !== undefined);
const largest = (values) => known(values).reduce((most, value) => (most > value ? most : value), undefined);
const total = (values) => (values.includes(undefined) ? undefined : values.reduce((sum, value) => sum + value, 0));
