/** Figures of repeated measurements, and how they are written. */

/** Minimum, median and maximum of some values; undefined where there are none. */
export function statistics(values) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median, max: sorted.at(-1) };
}

/** A duration with three figures: `812 ms`, `2.05 s`, `84.1 s`. */
export function milliseconds(value) {
  if (value < 1000) return `${value < 100 ? value.toPrecision(3) : Math.round(value)} ms`;
  const seconds = value / 1000;
  return `${seconds < 100 ? seconds.toPrecision(3) : Math.round(seconds)} s`;
}

/** Bytes in MB (10^6). */
export function megabytes(bytes) {
  return bytes === undefined ? '' : `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}

/** A Markdown table of strings; the first row is its head. */
export function markdownTable([head, ...rows]) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
