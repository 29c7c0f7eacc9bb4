/** One line of comma-separated numbers. */

/**
 * The numbers of a line; a cell that is no number gives NaN, which is refused with its index when bound.
 *
 * @returns undefined where no cell is a number at all: a header
 */
export function readCsvLine(line: string): Float64Array | undefined {
  const cells = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
  const numeric = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;
  const special = /^[-+]?(nan|inf(inity)?)?$/i;
  if (!cells.some((cell) => numeric.test(cell) || special.test(cell))) return undefined;
  return Float64Array.from(cells, (cell) => (numeric.test(cell) ? Number(cell) : NaN));
}
