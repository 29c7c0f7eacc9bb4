/** Tables of what bench/prover.mjs measures. Ratios are to the first prover: above 1 where that one is faster. */
import { markdownTable, megabytes, milliseconds, statistics } from './statistics.mjs';

/** `min / median` of durations. */
function duration(times) {
  const figures = statistics(times);
  return figures === undefined ? '' : `${milliseconds(figures.min)} / ${milliseconds(figures.median)}`;
}

/** `min / median` of values as multiples of a base's. */
function ratio(values, base) {
  const [of, to] = [statistics(values), statistics(base)];
  if (of === undefined || to === undefined) return '';
  return `${(of.min / to.min).toFixed(2)} / ${(of.median / to.median).toFixed(2)}`;
}

const medianOf = (values) => statistics(values)?.median;

export function latencyTable({ cold, warm }) {
  const names = Object.keys(cold);
  const base = names[0];
  const head = [
    'prover',
    'process, min / median',
    'ratio',
    'first proof',
    'warm, min / median',
    'ratio',
    'CPU a warm proof',
    'memory, process',
    'memory, warm',
  ];
  const rows = names.map((name) => {
    const [process, kept] = [cold[name], warm[name]];
    const cpu = medianOf(kept?.cpu ?? []);
    return [
      name,
      duration(process.times),
      ratio(process.times, cold[base].times),
      kept === undefined ? '' : milliseconds(kept.first),
      duration(kept?.times ?? []),
      ratio(kept?.times ?? [], warm[base]?.times ?? []),
      cpu === undefined ? '' : milliseconds(cpu),
      megabytes(process.peak),
      megabytes(kept?.peak),
    ];
  });
  return markdownTable([head, ...rows]);
}

export function throughputTable({ throughput }) {
  const rows = throughput.flatMap(({ workers, provers }) => {
    const base = statistics(Object.values(provers)[0].rates);
    return Object.entries(provers).map(([name, { rates, peak }]) => {
      const { max, median } = statistics(rates);
      return [
        String(workers),
        name,
        `${max.toPrecision(3)} / ${median.toPrecision(3)}`,
        `${(base.max / max).toFixed(2)} / ${(base.median / median).toFixed(2)}`,
        megabytes(peak),
      ];
    });
  });
  return markdownTable([['workers', 'prover', 'proofs a minute, max / median', 'ratio', 'memory'], ...rows]);
}
