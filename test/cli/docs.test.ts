import { readFileSync } from 'node:fs';
import { ERROR_CODES, ExitCode } from '../../src/errors.js';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

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
