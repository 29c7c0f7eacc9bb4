import type { CertificateSummary } from '../artifacts/types.js';
import { ProblemsError, ZkinferError } from '../errors.js';
import type { AverageNode, BinaryNode, Graph, IntegerNode, RequantizeNode, TableNode, Value } from '../ir/types.js';
import type { AverageForms } from './average-form.js';
import { averageForms } from './average-form.js';
import type { BinaryForm } from './binary-form.js';
import { binaryForm } from './binary-form.js';
import { exceptionCount, summarize } from './certificate.js';
import type { ChannelForm } from './requantization.js';
import { checkMultipliers, requantizationForms } from './requantization.js';
import type { Rounding } from './step-form.js';
import type { ElementForm } from './table-form.js';
import { tableForms } from './table-form.js';

/** The exact integer forms of every node that rounds. Tables without an entry are looked up. */
export interface NodeForms {
  readonly requantize: ReadonlyMap<RequantizeNode, readonly ChannelForm[]>;
  readonly table: ReadonlyMap<TableNode, readonly ElementForm[]>;
  readonly binary: ReadonlyMap<BinaryNode, BinaryForm>;
  readonly average: ReadonlyMap<AverageNode, AverageForms>;
}

/** Finds all forms; every problem is reported at once. Copies of a node, as a batch has them, share one search. */
export function findForms(graph: Graph): NodeForms {
  const forms = {
    requantize: new Map<RequantizeNode, readonly ChannelForm[]>(),
    table: new Map<TableNode, readonly ElementForm[]>(),
    binary: new Map<BinaryNode, BinaryForm>(),
    average: new Map<AverageNode, AverageForms>(),
  };
  const known = new Copies(graph);
  const problems: ZkinferError[] = [];
  for (const node of graph.nodes) {
    try {
      if (node.kind === 'requantize') {
        checkMultipliers(node);
        forms.requantize.set(
          node,
          known.once(node, node.multipliers, () => requantizationForms(graph, node)),
        );
      } else if (node.kind === 'table') {
        const found = known.once(node, node.tables, () => tableForms(graph, node));
        if (found) forms.table.set(node, found);
      } else if (node.kind === 'binary') {
        forms.binary.set(
          node,
          known.once(node, node.table, () => binaryForm(graph, node)),
        );
      } else if (node.kind === 'average') {
        forms.average.set(
          node,
          known.once(node, node.floats, () => averageForms(graph, node)),
        );
      }
    } catch (error) {
      if (!(error instanceof ZkinferError)) throw error;
      problems.push(error);
    }
  }
  if (problems.length > 0) throw new ProblemsError('some operators have no exact form', problems);
  return forms;
}

/** Results by node, found once for all copies: nodes that share their arrays and read values of the same ranges. */
class Copies {
  private readonly results = new Map<object, { node: IntegerNode; result: unknown }[]>();

  constructor(private readonly graph: Graph) {}

  once<N extends IntegerNode, R>(node: N, array: object, find: () => R): R {
    const candidates = this.results.get(array) ?? [];
    const known = candidates.find((candidate) => this.isCopy(node, candidate.node));
    if (known) return known.result as R;
    const result = find();
    this.results.set(array, [...candidates, { node, result }]);
    return result;
  }

  private isCopy(a: IntegerNode, b: IntegerNode): boolean {
    const own = Object.entries(a).filter(([key]) => key !== 'inputs' && key !== 'outputs');
    const value = (name: string): Value => this.graph.values.get(name)!;
    const sameInput = a.inputs.every((name, i) => value(name).ranges === value(b.inputs[i]!).ranges);
    return sameInput && own.every(([key, field]) => (b as unknown as Record<string, unknown>)[key] === field);
  }
}

/** The certificate of a model: its requantizations, sums, products and means, and how they were made exact. */
export function certificateOf({ requantize, binary, average }: NodeForms): CertificateSummary {
  const arbitrary = 'arbitrary' as const;
  return summarize([
    ...[...requantize.values()].flat().map(({ class: kind, rounding, checked }) => ({
      class: kind,
      exceptions: roundingExceptions(rounding),
      checked,
    })),
    ...[...binary.values()].map((found) => ({
      class: arbitrary,
      exceptions: binaryExceptions(found),
      checked: found.checked,
    })),
    ...[...average.values()].flatMap(({ classes }) =>
      classes.map(({ rounding, checked }) => ({ class: arbitrary, exceptions: roundingExceptions(rounding), checked })),
    ),
  ]);
}

function roundingExceptions(rounding: Rounding): number {
  return rounding.kind === 'form' ? exceptionCount(rounding.form) : 0;
}

function binaryExceptions(found: BinaryForm): number {
  if (found.kind === 'linear') return exceptionCount(found.form);
  return found.kind === 'product' ? roundingExceptions(found.rounding) : 0;
}
