// Writes the tables of docs/errors.md from the built code: npm run build && node scripts/write-errors.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { ERROR_CODES, ExitCode } from '../dist/errors.js';

const FILE = new URL('../docs/errors.md', import.meta.url);
const meaningOf = {
  Ok: 'done',
  Invalid: 'a proof is invalid or a check failed',
  Usage: 'wrong arguments or wrong input data',
  Unsupported: 'the model cannot be proven as it is',
  Environment: 'a file, tool or resource is missing, damaged or does not match',
  Internal: 'a fault of zkinfer',
  Interrupted: 'cancelled (Ctrl-C)',
};
const exits = Object.entries(ExitCode).map(([name, code]) => `| ${code} | ${meaningOf[name]} |`);
const codes = Object.entries(ERROR_CODES).map(([code, { exit, meaning }]) => `| \`${code}\` | ${exit} | ${meaning} |`);
const tables = {
  exits: ['| exit code | meaning |', '| --- | --- |', ...exits],
  codes: ['| code | exit code | meaning |', '| --- | --- | --- |', ...codes],
};
let page = readFileSync(FILE, 'utf8');
for (const [name, lines] of Object.entries(tables)) {
  const block = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
  page = page.replace(block, (_, begin, end) => `${begin}\n${lines.join('\n')}\n\n${end}`);
}
writeFileSync(FILE, await format(page, { parser: 'markdown', printWidth: 120 }));
