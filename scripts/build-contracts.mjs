/**
 * Compiles the contracts of this repository: `node scripts/build-contracts.mjs [--out FOLDER] [FOLDER ...]`.
 *
 * Every .sol file below the folders (default verifier-contracts) is compiled with the development dependency solc; for each contract of
 * theirs, abstract ones and interfaces included, the output folder (default dist/contracts) gets NAME.json: what is needed to deploy it
 * without a compiler, and to check it with one. Imports are relative paths, or paths in @openzeppelin/contracts. Does nothing where the
 * output is of the same sources, settings and compiler.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import solc from 'solc';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SETTINGS = {
  optimizer: { enabled: true, runs: 1_000_000 },
  viaIR: true,
  evmVersion: 'cancun',
};
/** Most bytes of runtime code that a chain takes (EIP-170), and of creation code (EIP-3860). */
const CODE_LIMIT = 24_576;
const CREATION_LIMIT = 49_152;
const STAMP = '.inputs';

const { values, positionals } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true });
const folders = (positionals.length > 0 ? positionals : [join(ROOT, 'verifier-contracts')]).map((path) =>
  resolve(path),
);
const out = resolve(values.out ?? join(ROOT, 'dist/contracts'));

const own = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.sol'))
    .map((path) => unitName(join(folder, path))),
);
const sources = collect(own.sort());
const stamp = createHash('sha256')
  .update(JSON.stringify([solc.version(), SETTINGS, own, sources]))
  .digest('hex');
if (readStamp() !== stamp) build();

/** The name of a file for the compiler: its path from the root of the repository. */
function unitName(path) {
  return relative(ROOT, path).split(sep).join('/');
}

/** The sources of these units and of everything that they import, by unit name. */
function collect(units) {
  const found = {};
  const queue = [...units];
  for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
    if (unit in found) continue;
    const content = readFileSync(pathOf(unit), 'utf8');
    found[unit] = content;
    for (const [, imported] of content.matchAll(/^\s*import\s[^;]*?["']([^"']+)["']\s*;/gm)) {
      queue.push(imported.startsWith('.') ? join(dirname(unit), imported).split(sep).join('/') : imported);
    }
  }
  return found;
}

function pathOf(unit) {
  const vendor = /^(@openzeppelin\/contracts)\/(.*)$/.exec(unit);
  if (vendor === null) return join(ROOT, unit);
  const folder = dirname(createRequire(import.meta.url).resolve(`${vendor[1]}/package.json`));
  return join(folder, vendor[2]);
}

function readStamp() {
  try {
    return readFileSync(join(out, STAMP), 'utf8');
  } catch {
    return undefined;
  }
}

function build() {
  const contracts = compile();
  const artifacts = new Map();
  for (const unit of own) {
    for (const [name, contract] of Object.entries(contracts[unit] ?? {})) {
      if (artifacts.has(name)) throw new Error(`two contracts are called ${name}`);
      artifacts.set(name, artifactOf(unit, name, contract));
    }
  }
  mkdirSync(out, { recursive: true });
  rmSync(join(out, STAMP), { force: true });
  for (const file of readdirSync(out)) {
    if (file.endsWith('.json') && !artifacts.has(file.slice(0, -5))) rmSync(join(out, file), { force: true });
  }
  for (const [name, artifact] of artifacts) write(`${name}.json`, `${JSON.stringify(artifact, null, 1)}\n`);
  write(STAMP, stamp);
}

function compile() {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([unit, content]) => [unit, { content }])),
    settings: {
      ...SETTINGS,
      outputSelection: { '*': { '*': ['abi', 'metadata', 'evm.bytecode', 'evm.deployedBytecode'] } },
    },
  };
  const { errors = [], contracts = {} } = JSON.parse(solc.compile(JSON.stringify(input)));
  const shown = errors.filter(({ severity }) => severity !== 'info');
  for (const { formattedMessage } of shown) console.error(formattedMessage.trim());
  if (shown.some(({ severity }) => severity === 'error')) throw new Error('solc refused the contracts');
  return contracts;
}

function artifactOf(unit, name, { abi, metadata, evm }) {
  const [creation, runtime] = [evm.bytecode, evm.deployedBytecode];
  if (Object.keys(creation.linkReferences ?? {}).length > 0) throw new Error(`${name} needs to be linked`);
  const [creationBytes, runtimeBytes] = [creation.object.length / 2, runtime.object.length / 2];
  if (runtimeBytes > CODE_LIMIT || creationBytes > CREATION_LIMIT) {
    throw new Error(`${name} is too large: ${runtimeBytes} bytes of code, ${creationBytes} to create it`);
  }
  return {
    format: 'zkinfer-contract',
    version: 1,
    contractName: name,
    sourceName: unit,
    compiler: { name: 'solc', version: solc.version(), settings: SETTINGS },
    abi,
    bytecode: `0x${creation.object}`,
    deployedBytecode: `0x${runtime.object}`,
    // The text itself: its hash is at the end of the code, by which others match sources and code.
    metadata,
  };
}

/** Whole or not at all, also where two builds run at once. */
function write(file, text) {
  const temporary = join(out, `.${file}.${process.pid}`);
  writeFileSync(temporary, text);
  renameSync(temporary, join(out, file));
}
