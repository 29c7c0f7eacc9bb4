/**
 * Bundles what runs in browsers: the page of `zkinfer serve` (web/), to dist/web. Run by `npm run build`.
 *
 * Verification is the code of src/ itself. It reaches modules that could also read files; these get an empty stand-in of node's modules,
 * as nothing that a page calls uses them.
 */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, 'dist/web');

/** Modules of node have no place in a browser. */
const withoutNode = {
  name: 'without-node',
  setup({ onResolve, onLoad }) {
    const builtins = new RegExp(`^(node:.*|${builtinModules.join('|')})$`);
    onResolve({ filter: builtins }, ({ path }) => ({ path, namespace: 'without-node' }));
    // A CommonJS object: whatever is imported from it is undefined.
    onLoad({ filter: /.*/, namespace: 'without-node' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
  },
};

/** The library of Poseidon is looked up at run time on node; a bundle holds it. */
const poseidonLibrary = {
  name: 'poseidon-library',
  setup({ onLoad }) {
    onLoad({ filter: /hash\/poseidon-library\.ts$/ }, () => ({
      contents: "export { buildPoseidon } from './src/poseidon_wasm.js';",
      resolveDir: join(ROOT, 'node_modules/circomlibjs'),
    }));
  },
};

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
await build({
  entryPoints: [join(ROOT, 'web/page.ts')],
  outfile: join(OUT, 'page.js'),
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  define: { 'process.browser': 'true', global: 'globalThis' },
  plugins: [poseidonLibrary, withoutNode],
  logLevel: 'warning',
});
for (const file of ['index.html', 'page.css']) copyFileSync(join(ROOT, 'web', file), join(OUT, file));
