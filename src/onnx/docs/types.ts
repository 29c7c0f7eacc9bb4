/** What docs/operators.md says of an operator beside its attributes, which come from its import rule. */
export interface OperatorDoc {
  /**
   * Where it may stand: `QDQ` between DequantizeLinear and QuantizeLinear, `integers` on int8 or uint8 tensors themselves, `QOperator` with its
   * own scales and zero points, `constants` evaluated when the model is read.
   */
  readonly forms: readonly ('QDQ' | 'integers' | 'QOperator' | 'constants')[];
  /** Constraints. */
  readonly cost: string;
  readonly restrictions?: string;
}

export type OperatorDocs = Readonly<Record<string, OperatorDoc>>;

/** What docs/operators.md explains before its table. */
export const FUNCTION = 'a function of one element';
