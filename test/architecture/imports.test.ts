import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** Rooms in the order in which they may import: only from the left, and from their own. */
const LEVELS: readonly (readonly string[])[] = [
  ['errors', 'progress'],
  ['artifacts', 'ir'],
  ['hash', 'statement', 'inputs', 'onnx', 'reference', 'passes', 'plan'],
  ['circom', 'native'],
  ['setup', 'prover', 'audit'],
  ['solidity', 'batch'],
  ['queue'],
  ['chain', 'serve'],
  ['api'],
  ['index'],
  ['cli'],
];

/** Imports between rooms of one level, and narrower rules than the level gives. */
const NEIGHBOURS: Readonly<Record<string, readonly string[]>> = {
  artifacts: ['ir'],
  plan: ['statement'],
  statement: ['hash'],
  prover: ['setup'],
};
const ONLY: Readonly<Record<string, readonly string[]>> = {
  reference: ['ir', 'errors'],
  // A fault of the compiler must not be one of the audit: it reads what circom wrote.
  audit: ['circom', 'hash', 'errors', 'progress'],
  cli: ['index', 'errors', 'progress', 'artifacts'],
};

/** Packages that stay in one room. */
const VENDORS: Readonly<Record<string, readonly string[]>> = {
  'onnx-proto': ['onnx'],
  circom2: ['circom'],
  snarkjs: ['setup', 'prover'],
  ffjavascript: ['setup', 'prover'],
  circomlibjs: ['hash'],
  '@noble/hashes': ['hash'],
  ethers: ['chain'],
  solc: ['chain'],
  'onnxruntime-node': ['api'],
  yargs: ['cli'],
  'cli-progress': ['cli'],
  fflate: ['inputs'],
  piscina: ['batch'],
  pg: ['queue'],
  'pg-boss': ['queue'],
  fastify: ['serve'],
  '@fastify/swagger': ['serve'],
  'prom-client': ['serve'],
};

interface SourceFile {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly syntax: ts.SourceFile;
}

const FILES: readonly SourceFile[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
  .sort()
  .map((path) => {
    const text = readFileSync(join(SRC, path), 'utf8');
    const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
    return { path: path.split(sep).join('/'), room: path.split(sep)[0]!.replace(/\.ts$/, ''), text, syntax };
  });

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

/** Module names of all imports and exports, `import()` and `require()` included. */
function modulesOf({ syntax }: SourceFile): string[] {
  const modules: string[] = [];
  visit(syntax, (node) => {
    const isDeclaration = ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
    if (isDeclaration && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      modules.push(node.moduleSpecifier.text);
    }
    if (!ts.isCallExpression(node)) return;
    const callee = node.expression;
    const loads = callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require');
    const [argument] = node.arguments;
    if (loads && argument && ts.isStringLiteralLike(argument)) modules.push(argument.text);
  });
  return modules;
}

function packageOf(module: string): string {
  return module
    .split('/')
    .slice(0, module.startsWith('@') ? 2 : 1)
    .join('/');
}

function levelOf(room: string): number {
  return LEVELS.findIndex((rooms) => rooms.includes(room));
}

function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  const only = ONLY[from];
  if (only) return only.includes(to);
  return levelOf(to) < levelOf(from) || (NEIGHBOURS[from] ?? []).includes(to);
}

it('finds the sources', () => {
  expect(FILES.length).toBeGreaterThan(50);
  expect(FILES.flatMap(modulesOf)).toEqual(expect.arrayContaining(['node:crypto', 'ethers', '../errors.js']));
});

it('every room has its place in the order', () => {
  expect(FILES.filter(({ room }) => levelOf(room) === -1).map(({ path }) => path)).toEqual([]);
});

it('no room imports from one on its right', () => {
  const wrong = FILES.flatMap((file) =>
    modulesOf(file)
      .filter((module) => module.startsWith('.'))
      .map((module) =>
        relative(SRC, resolve(SRC, file.path, '..', module))
          .split(sep)[0]!
          .replace(/\.js$/, ''),
      )
      // package.json and the like lie outside of src.
      .filter((room) => room !== '..' && !mayImport(file.room, room))
      .map((room) => `${file.path} imports from ${room}`),
  );
  expect(wrong).toEqual([]);
});

it('vendor packages stay in their room, and each one is known', () => {
  const wrong = FILES.flatMap((file) =>
    modulesOf(file)
      .filter((module) => !module.startsWith('.') && !module.startsWith('node:'))
      .filter((module) => !VENDORS[packageOf(module)]?.includes(file.room))
      .map((module) => `${file.path} imports ${module}`),
  );
  expect(wrong).toEqual([]);
});

it('only the command line prints, reads the environment or exits', () => {
  const wrong: string[] = [];
  for (const file of FILES.filter(({ room }) => room !== 'cli')) {
    visit(file.syntax, (node) => {
      if (!ts.isIdentifier(node) || (node.text !== 'console' && node.text !== 'process')) return;
      const { parent } = node;
      const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node;
      const isKey = ts.isPropertyAssignment(parent) && parent.name === node;
      if (!isMember && !isKey) wrong.push(`${file.path} uses ${node.text}`);
    });
    if (/import .*\b(env|exit|stdout|stderr|argv)\b.* from 'node:process'/.test(file.text)) wrong.push(file.path);
  }
  expect(wrong).toEqual([]);
});

it('files stay short', () => {
  const long = FILES.filter(({ text }) => text.split('\n').length > 400).map(({ path }) => path);
  expect(long).toEqual([]);
});

it('relative imports name the built file', () => {
  const wrong = FILES.flatMap((file) =>
    modulesOf(file)
      .filter((module) => module.startsWith('.') && !/\.(js|json)$/.test(module))
      .map((module) => `${file.path} imports ${module}`),
  );
  expect(wrong).toEqual([]);
});
