// Packs the official ONNX operator tests named in fixtures/onnx-node/CORE.txt into fixtures/onnx-node/core.zip.
// ONNX_NODE names the folder that holds them: onnx/backend/test/data/node of a checkout of github.com/onnx/onnx.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zipSync } from 'fflate';

/** Larger tests are left out; test/conformance/onnx-node.json says so of each. */
const MAX_BYTES = 100_000;

const source = process.env.ONNX_NODE;
if (!source) throw new Error('set ONNX_NODE to the folder of the ONNX operator tests');
const target = fileURLToPath(new URL('../fixtures/onnx-node/', import.meta.url));
const files = {};
for (const name of readFileSync(join(target, 'CORE.txt'), 'utf8').trim().split('\n')) {
  const paths = readdirSync(join(source, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && (entry.name === 'model.onnx' || entry.parentPath.endsWith('test_data_set_0')))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const contents = paths.map((path) => new Uint8Array(readFileSync(path)));
  if (contents.reduce((sum, { length }) => sum + length, 0) > MAX_BYTES) {
    console.log(`left out, too large: ${name}`);
    continue;
  }
  paths.forEach((path, i) => (files[relative(source, path).split(sep).join('/')] = contents[i]));
}
// One date for all: the same tests give the same bytes.
writeFileSync(join(target, 'core.zip'), zipSync(files, { level: 9, mtime: new Date(2000, 0, 1) }));
console.log(`${Object.keys(files).length} files`);
