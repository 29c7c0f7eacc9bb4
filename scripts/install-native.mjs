/**
 * Builds the native addon: `node scripts/install-native.mjs [--require]`.
 *
 * As the package's install step it never fails: where it cannot build, it says so, and proofs are made by snarkjs. With --require it shows the
 * compiler's output, and fails where the build does. ZKINFER_NATIVE=off builds nothing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const isRequired = process.argv.includes('--require');

/** The node-gyp that the package manager brings, or one that is installed. */
function nodeGyp() {
  const beside = join(dirname(process.execPath), '..', 'lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js');
  const candidates = [process.env.npm_config_node_gyp, resolveOrNothing('node-gyp/bin/node-gyp.js'), beside];
  const script = candidates.find((path) => path !== undefined && existsSync(path));
  return script === undefined ? { command: 'node-gyp', leading: [] } : { command: process.execPath, leading: [script] };
}

function resolveOrNothing(name) {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return undefined;
  }
}

/** The headers beside the running Node, so that none are downloaded. */
function headers() {
  if (process.env.npm_config_nodedir !== undefined) return [];
  const prefix = join(dirname(process.execPath), '..');
  return existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

/** What went wrong; undefined where nothing did. */
function build() {
  if (!['linux', 'darwin'].includes(process.platform)) return `there is none for ${process.platform}`;
  const { command, leading } = nodeGyp();
  const args = [...leading, 'rebuild', '-C', 'native', '-j', 'max', ...headers()];
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: isRequired ? 'inherit' : 'pipe',
  });
  if (error) return error.code === 'ENOENT' ? 'there is no node-gyp: run this through npm' : error.message;
  if (status === 0) return undefined;
  return isRequired ? 'see above' : firstFault(`${stdout}\n${stderr}`);
}

/** What the build's output says of its failure, in a few words. */
function firstFault(output) {
  if (/Could not find any Python/.test(output)) return 'there is no Python 3';
  const missing =
    /not found: (\S+)/.exec(output) ??
    /^\S*(?:make|sh).*?: (\S+): (?:No such file|(?:command )?not found)/m.exec(output);
  if (missing) return `there is no ${missing[1]}`;
  const line = /^.*\berror: .*$/m.exec(output)?.[0] ?? /^gyp ERR! stack Error: (.*)$/m.exec(output)?.[1];
  return (line ?? 'the build failed').trim().slice(0, 200);
}

if (process.env.ZKINFER_NATIVE === 'off' && !isRequired) {
  console.log('zkinfer: ZKINFER_NATIVE=off, the native prover is not built; proofs are made by snarkjs.');
} else {
  const fault = build();
  if (fault !== undefined) {
    console.error(
      `zkinfer: the native prover was not built (${fault}); proofs are made by snarkjs, about ten times slower.`,
    );
    console.error(
      'zkinfer: with a C++20 compiler, make and Python 3, `npm run build:native` in this package builds it.',
    );
    if (isRequired) process.exitCode = 1;
  }
}
