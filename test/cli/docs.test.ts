import { readFileSync } from 'node:fs';
import { ERROR_CODES, ExitCode } from '../../src/errors.js';
import { isMovement } from '../../src/ir/movement.js';
import { operatorCells, operatorRows, strayDocs } from '../../src/onnx/docs/index.js';
import { folds } from '../../src/onnx/folding/index.js';

/** Cells of all table rows of a page. */
function tableRows(name: string): string[][] {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
const rows = tableRows('errors.md');

it('docs/errors.md lists every code with its exit code and meaning (node scripts/write-errors.mjs)', () => {
  const listed = rows
    .filter(([code]) => code!.startsWith('`'))
    .map(([code, exit, meaning]) => [code!.slice(1, -1), Number(exit), meaning]);
  expect(listed).toEqual(Object.entries(ERROR_CODES).map(([code, { exit, meaning }]) => [code, exit, meaning]));
});

it('docs/errors.md lists every exit code', () => {
  const listed = rows
    .filter(([code, , more]) => /^\d+$/.test(code!) && more === undefined)
    .map(([code]) => Number(code));
  expect(listed).toEqual(Object.values(ExitCode));
});

it('every operator is documented, and nothing else is', () => {
  const missing = operatorRows().filter(({ doc }) => doc === undefined);
  expect(missing.map(({ domain, op }) => [domain, op])).toEqual([]);
  expect(strayDocs()).toEqual([]);
});

it('the documentation says of which operators constants are evaluated', () => {
  // passes/fold-constants quantizes constants, lowering keeps quantized ones.
  const isEvaluated = (domain: string, op: string): boolean =>
    ['QuantizeLinear', 'DequantizeLinear'].includes(op) ||
    (domain === '' && (Object.hasOwn(folds, op) || isMovement(op)));
  const wrong = operatorRows().filter(
    ({ domain, op, doc }) => doc!.forms.includes('constants') !== isEvaluated(domain, op),
  );
  expect(wrong.map(({ domain, op }) => [domain, op])).toEqual([]);
});

it('docs/operators.md lists every operator as the code has it (node scripts/write-operators.mjs)', () => {
  expect(tableRows('operators.md').slice(2)).toEqual(operatorRows().map(operatorCells));
});

it('docs/verifiers.md gives the gas that is measured', () => {
  const snapshot = JSON.parse(
    readFileSync(new URL('../snapshots/verifier-gas.json', import.meta.url), 'utf8'),
  ) as Readonly<Record<string, number>>;
  const names: Readonly<Record<string, (images: string) => string>> = {
    generated: (images) => `single with a context, ${images}, generated`,
    'universal verifier': (images) => `single with a context, ${images}, universal`,
    'universal verifier, through UniversalModel': (images) =>
      `single with a context, ${images}, model of the universal verifier`,
    'batch of 16, generated': (images) => `batch of 16, ${images}, generated, each`,
    'batch of 16, universal verifier': (images) => `batch of 16, ${images}, universal, each`,
    'batch of 64, generated': (images) => `batch of 64, ${images}, generated, each`,
    'batch of 64, universal verifier': (images) => `batch of 64, ${images}, universal, each`,
    "snarkjs's verifier, 27 packed signals": () => 'single, snarkjs with 27 packed signals',
  };
  const table = tableRows('verifiers.md').filter(([name, first]) => /^[\d,]+$/.test(first!) && name! in names);
  expect(table.map(([name]) => name)).toEqual(Object.keys(names));
  for (const [name, random, mnist] of table) {
    expect(`${name}: ${random}`).toBe(`${name}: ${snapshot[names[name!]!('random')]!.toLocaleString('en')}`);
    if (mnist !== '')
      expect(`${name}: ${mnist}`).toBe(`${name}: ${snapshot[names[name!]!('MNIST')]!.toLocaleString('en')}`);
  }
});
