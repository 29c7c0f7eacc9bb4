import type { CertificateSummary } from '../artifacts/types.js';
import { ProblemsError, ZkinferError } from '../errors.js';
import type { AverageNode, BinaryNode, Graph, RequantizeNode, TableNode } from '../ir/types.js';
import type { AverageForms } from './average-form.js';
import { averageForms } from './average-form.js';
import type { BinaryForm } from './binary-form.js';
import { binaryForm } from './binary-form.js';
import { summarize } from './certificate.js';
import type { ChannelForm } from './requantization.js';
import { checkMultipliers, requantizationForms } from './requantization.js';
import type { ElementForm } from './table-form.js';
import { tableForms } from './table-form.js';

/** The exact integer forms of every node that rounds. Tables without an entry are looked up. */
export interface NodeForms {
  readonly requantize: ReadonlyMap<RequantizeNode, readonly ChannelForm[]>;
  readonly table: ReadonlyMap<TableNode, readonly ElementForm[]>;
  readonly binary: ReadonlyMap<BinaryNode, BinaryForm>;
  readonly average: ReadonlyMap<AverageNode, AverageForms>;
}

/** Finds all forms; every problem is reported at once. */
export function findForms(graph: Graph): NodeForms {
  const forms = {
    requantize: new Map<RequantizeNode, readonly ChannelForm[]>(),
    table: new Map<TableNode, readonly ElementForm[]>(),
    binary: new Map<BinaryNode, BinaryForm>(),
    average: new Map<AverageNode, AverageForms>(),
  };
  const problems: ZkinferError[] = [];
  for (const node of graph.nodes) {
    try {
      if (node.kind === 'requantize') {
        checkMultipliers(node);
        forms.requantize.set(node, requantizationForms(graph, node));
      } else if (node.kind === 'table') {
        const found = tableForms(graph, node);
        if (found) forms.table.set(node, found);
      } else if (node.kind === 'binary') forms.binary.set(node, binaryForm(graph, node));
      else if (node.kind === 'average') forms.average.set(node, averageForms(graph, node));
    } catch (error) {
      if (!(error instanceof ZkinferError)) throw error;
      problems.push(error);
    }
  }
  if (problems.length > 0) throw new ProblemsError('some operators have no exact form', problems);
  return forms;
}

/** The certificate of a model: its requantizations, sums, products and means, and how they were made exact. */
export function certificateOf({ requantize, binary, average }: NodeForms): CertificateSummary {
  const others = [
    ...[...binary.values()].map(({ form, checked }) => ({ form, checked })),
    ...[...average.values()].flatMap(({ classes }) =>
      classes.map(({ form, thresholdsChecked }) => ({ form, checked: thresholdsChecked })),
    ),
  ];
  return summarize([
    ...[...requantize.values()].flat(),
    ...others.map(({ form, checked }) => ({ form, thresholdsChecked: checked, class: 'arbitrary' as const })),
  ]);
}
