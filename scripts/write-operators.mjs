// Writes the table of docs/operators.md from the built code: npm run build && node scripts/write-operators.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { operatorCells, operatorRows } from '../dist/onnx/docs/index.js';

const FILE = new URL('../docs/operators.md', import.meta.url);
const HEADER = ['operator', 'domain', 'forms', 'attributes', 'constraints', 'restrictions'];
const lines = [HEADER, HEADER.map(() => '---'), ...operatorRows().map(operatorCells)].map(
  (cells) => `| ${cells.join(' | ')} |`,
);
const page = readFileSync(FILE, 'utf8').replace(
  /(<!-- operators -->\n)[^]*?(<!-- \/operators -->)/,
  (_, begin, end) => `${begin}\n${lines.join('\n')}\n\n${end}`,
);
writeFileSync(FILE, await format(page, { parser: 'markdown', printWidth: 120 }));
