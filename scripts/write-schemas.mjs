// Writes docs/*.schema.json from the built code: npm run build && node scripts/write-schemas.mjs
import { writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { JSON_SCHEMAS } from '../dist/artifacts/schemas.js';

for (const [file, schema] of Object.entries(JSON_SCHEMAS)) {
  const text = await format(JSON.stringify(schema), { parser: 'json', printWidth: 120 });
  writeFileSync(new URL(`../docs/${file}`, import.meta.url), text);
}
