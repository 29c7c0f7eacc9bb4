// Compiles native/test for each variant that this processor runs and runs it: see native/README.md.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const NATIVE = fileURLToPath(new URL('../native', import.meta.url));
const TESTS = join(NATIVE, 'test');
const MAKE_VECTORS = fileURLToPath(new URL('../test/native/make-vectors.mjs', import.meta.url));
const ADX = ['-mbmi2', '-madx', '-DZK_ADX'];
const AVX512 = ['f', 'dq', 'bw', 'vl', 'ifma', 'vbmi', 'vbmi2'].map((part) => `-mavx512${part}`);
const VARIANTS = { generic: ['-DZK_GENERIC'], portable: [], adx: ADX, ifma: [...ADX, ...AVX512, '-DZK_IFMA'] };
const USAGE = `npm run test:native -- [--variant ${Object.keys(VARIANTS).join('|')}|fastest]... [--sanitize address,undefined | thread]
  [--optimize 1|2|3] [--build FOLDER] [--runner COMMAND] [--list] [FILTER...]`;

function fail(message) {
  console.error(message);
  process.exit(1);
}

function options() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        variant: { type: 'string', multiple: true },
        sanitize: { type: 'string', default: '' },
        optimize: { type: 'string', default: '1' },
        build: { type: 'string', default: fileURLToPath(new URL('../build/native-test', import.meta.url)) },
        runner: { type: 'string', default: '' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return fail(`${error.message}\n${USAGE}`);
  }
}

const { values, positionals } = options();
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const compiler = process.env.CXX ?? 'c++';
/** A program of the tests as a command: under the runner, where one is given. */
const underRunner = (program) => [...values.runner.split(' ').filter((word) => word !== ''), program];
mkdirSync(values.build, { recursive: true });

/** Newest change of a header or of this script: objects older than it are compiled again. */
const newestHeader = Math.max(
  statSync(fileURLToPath(import.meta.url)).mtimeMs,
  ...readdirSync(NATIVE, { recursive: true })
    .filter((path) => path.endsWith('.h'))
    .map((path) => statSync(join(NATIVE, path)).mtimeMs),
);
const isFresh = (file, source) =>
  existsSync(file) && statSync(file).mtimeMs > Math.max(newestHeader, statSync(source).mtimeMs);

function compile(args) {
  return new Promise((done) => {
    const child = spawn(compiler, args, { stdio: 'inherit' });
    child.on('error', (error) => fail(`cannot run ${compiler}: ${error.message}`));
    child.on('close', (status) => (status === 0 ? done() : fail(`${compiler} ${args.join(' ')} failed`)));
  });
}

async function inParallel(jobs) {
  const next = jobs.values();
  const work = async () => {
    for (const job of next) await job();
  };
  await Promise.all(Array.from({ length: Math.max(1, availableParallelism()) }, work));
}

function output(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status !== 0) fail(`${command} ${args.join(' ')} failed: ${result.error?.message ?? result.stderr}`);
  return result.stdout;
}

async function supportedVariants() {
  const probe = join(values.build, 'probe');
  const source = join(TESTS, 'probe.cc');
  if (!isFresh(probe, source)) await compile(['-std=c++20', source, '-o', probe]);
  const [command, ...leading] = underRunner(probe);
  return ['generic', ...output(command, leading).trim().split('\n')];
}

function flagsOf(variant) {
  const sanitizers = values.sanitize === '' ? [] : values.sanitize.split(',');
  const plain = ['-std=c++20', '-g', `-O${values.optimize}`, '-Wall', '-Wextra', '-pthread', ...VARIANTS[variant]];
  if (sanitizers.length === 0) return plain;
  return [...plain, `-fsanitize=${values.sanitize}`, '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'];
}

async function build(variant) {
  const flags = flagsOf(variant);
  const folder = join(values.build, [variant, `O${values.optimize}`, ...values.sanitize.split(',')].join('-'));
  mkdirSync(folder, { recursive: true });
  const sources = readdirSync(TESTS).filter((name) => name === 'main.cc' || name.endsWith('-test.cc'));
  const objects = sources.map((name) => join(folder, `${basename(name, '.cc')}.o`));
  const stale = sources.map((name, i) => [join(TESTS, name), objects[i]]).filter(([from, to]) => !isFresh(to, from));
  await inParallel(
    stale.map(
      ([from, to]) =>
        () =>
          compile([...flags, '-c', from, '-o', to]),
    ),
  );
  const program = join(folder, 'zkinfer-native-test');
  await compile([...flags, ...objects, '-o', program]);
  return program;
}

function makeVectors() {
  if (!existsSync(MAKE_VECTORS)) return [];
  const file = join(values.build, 'vectors.txt');
  if (!isFresh(file, MAKE_VECTORS)) output(process.execPath, [MAKE_VECTORS, file]);
  return ['--vectors', file];
}

const supported = await supportedVariants();
const wanted = [...new Set(values.variant?.map((name) => (name === 'fastest' ? supported.at(-1) : name)) ?? supported)];
for (const variant of wanted) {
  if (!(variant in VARIANTS)) fail(`no variant ${variant}\n${USAGE}`);
  if (!supported.includes(variant)) fail(`this processor does not run the variant ${variant}`);
}
const vectors = makeVectors();
let failed = false;
for (const variant of wanted) {
  const program = await build(variant);
  console.log(`${variant}${values.sanitize === '' ? '' : ` with ${values.sanitize}`}`);
  const [command, ...leading] = underRunner(program);
  const run = spawnSync(command, [...leading, ...vectors, ...(values.list ? ['--list'] : []), ...positionals], {
    stdio: 'inherit',
  });
  if (run.status !== 0) failed = true;
}
process.exit(failed ? 1 : 0);
