/** Layers, circuit size and certificate for people. */
import type { CertificateSummary, LayerReport, TensorSpec } from '../index.js';
import { grouped, percent, table } from './table.js';

/**
 * One line per layer and the totals.
 *
 * @param total constraints of the whole circuit
 */
export function layerTable(layers: readonly LayerReport[], total: number): string {
  const row = (name: string, op: string, shape: string, macs: number, constraints: number): string[] => [
    name,
    op,
    shape,
    macs === 0 ? '' : grouped(macs),
    grouped(constraints),
    percent(constraints, total),
  ];
  const sum = (key: 'macs' | 'constraints'): number => layers.reduce((result, layer) => result + layer[key], 0);
  const rows = layers.map(({ name, op, shape, macs, constraints }) =>
    row(name, op, shape.join('x'), macs, constraints),
  );
  rows.push(row('total', '', '', sum('macs'), total));
  return table(
    [
      { title: 'layer' },
      { title: 'operators' },
      { title: 'output' },
      { title: 'MACs', align: 'right' },
      { title: 'constraints', align: 'right' },
      { title: 'share', align: 'right' },
    ],
    rows,
  );
}

/** One line: how the requantizations were made exact. */
export function certificateText(certificate: CertificateSummary): string {
  const { channels, powerOfTwo, smallMultiplier, arbitrary, withExceptions, exceptions, thresholdsChecked } =
    certificate;
  if (channels === 0) return 'nothing is requantized';
  const classes = `${grouped(powerOfTwo)} power of two, ${grouped(smallMultiplier)} small multiplier, ${grouped(arbitrary)} arbitrary`;
  const corrected =
    exceptions === 0 ? 'no exceptions' : `${grouped(exceptions)} exceptions in ${grouped(withExceptions)}`;
  return `exact on all ${grouped(channels)} channels (${classes}; ${corrected}; ${grouped(thresholdsChecked)} thresholds checked)`;
}

/** `x: uint8 [1, 8, 8], scale 0.0625, zero point 0, real numbers at the edge` */
export function tensorSpecText({ name, dtype, shape, scale, zeroPoint, edge }: TensorSpec): string {
  const user = edge === 'float' ? 'real numbers outside' : 'integers outside';
  return `${name}: ${dtype} [${shape.join(', ')}], scale ${scale}, zero point ${zeroPoint}, ${user}`;
}

/** The proving domain, and how far the circuit is from the next smaller one. */
export function domainText(constraints: number, power: number): string {
  // The constant wire and the three public signals take rows of the domain too.
  const rows = constraints + 4;
  const above = rows - 2 ** (power - 1);
  return `2^${power} = ${grouped(2 ** power)} (${percent(rows, 2 ** power)} used, ${grouped(above)} above 2^${power - 1})`;
}
