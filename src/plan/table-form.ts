import type { Graph, TableNode } from '../ir/types.js';
import { dtypeRange } from '../ir/types.js';
import { TABLE_COST } from './cost.js';
import { formCost } from './form.js';
import type { ExactForm } from './search.js';
import { searchForm } from './search.js';

/** A monotone function of one element as a form of that element, or of its negative where it decreases. */
export interface ElementForm extends ExactForm {
  readonly sign: 1 | -1;
}

/**
 * Exact forms of the functions that a table node holds, one for each row, over its input's range. Requantization between scales, Relu and
 * Clip have cheap ones. Undefined where a function has none, or where looking all of them up costs less.
 */
export function tableForms(graph: Graph, node: TableNode): readonly ElementForm[] | undefined {
  const input = graph.values.get(node.inputs[0]!)!;
  const range = input.ranges![0]!;
  const { min } = dtypeRange(input.dtype as 'int8' | 'uint8');
  const forms: ElementForm[] = [];
  for (let row = 0; row < node.tables.length / 256; row++) {
    const entry = (q: number): number => node.tables[256 * row + q - min]!;
    const form = elementForm(entry, range.min, range.max);
    if (!form) return undefined;
    forms.push(form);
  }
  const average = elementsByRow(node, 1).reduce(
    (sum, elements, row) => sum + elements.length * formCost(forms[row]!.form, 1),
    0,
  );
  const count = elementsByRow(node, 1).reduce((sum, elements) => sum + elements.length, 0);
  return average < count * TABLE_COST ? forms : undefined;
}

/** The elements of each row; all of `size` elements in the only row where the node has one table. */
export function elementsByRow(node: TableNode, size: number): number[][] {
  if (!node.rows) return [Array.from({ length: size }, (_, i) => i)];
  const elements = Array.from({ length: node.tables.length / 256 }, (): number[] => []);
  for (const [i, row] of node.rows.entries()) elements[row]!.push(i);
  return elements;
}

function elementForm(entry: (q: number) => number, min: number, max: number): ElementForm | undefined {
  let [rises, falls] = [false, false];
  for (let q = min; q < max; q++) {
    rises ||= entry(q + 1) > entry(q);
    falls ||= entry(q + 1) < entry(q);
  }
  if (rises && falls) return undefined;
  const step = falls
    ? { range: { min: -max, max: -min }, evaluate: (acc: number) => entry(-acc) }
    : { range: { min, max }, evaluate: entry };
  const found = searchForm(step, { zeroPoint: 0 });
  return found && { ...found, sign: falls ? -1 : 1 };
}
