import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npyBytes } from '../inputs/npy-files.js';
import { runCli } from './run-cli.js';
import { unsupportedModel } from './unsupported-model.js';

const FIXTURES = fileURLToPath(new URL('../../fixtures', import.meta.url));
const IRIS = join(FIXTURES, 'iris-mlp/model.qdq-u8u8.onnx');

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zkinfer-cli-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** Exit code and what stands on stderr; nothing may stand on stdout. */
async function failure(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(args, { [dir]: 'DIR', [FIXTURES]: 'FIXTURES' });
  expect(stdout).toBe('');
  return `exit ${code}\n${stderr.trimEnd()}`;
}

async function file(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(dir, name), content);
  return join(dir, name);
}

describe('usage', () => {
  it('no command', async () =>
    expect(await failure()).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: name a command
       hint  see \`zkinfer --help\` or \`zkinfer COMMAND --help\`"
    `));
  it('unknown command', async () =>
    expect(await failure('train', 'model.onnx')).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: unknown command; did you mean run?
       hint  see \`zkinfer --help\` or \`zkinfer COMMAND --help\`"
    `));
  it('mistyped command', async () =>
    expect(await failure('prov')).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: unknown command; did you mean prove?
       hint  see \`zkinfer --help\` or \`zkinfer COMMAND --help\`"
    `));
  it('unknown option', async () =>
    expect(await failure('doctor', '--frobnicate')).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: unknown argument: frobnicate
       hint  see \`zkinfer --help\` or \`zkinfer COMMAND --help\`"
    `));
  it('unknown variant of native code', async () => {
    const { code, stderr } = await runCli(['doctor'], {}, { ZKINFER_NATIVE: 'fast' });
    expect(`exit ${code}\n${stderr.trimEnd()}`).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: the environment variable ZKINFER_NATIVE takes auto, portable, adx, ifma, off"
    `);
  });
  it('unknown backend', async () =>
    expect(await failure('prove', 'build', '--input', 'a.npy', '--backend', 'gpu')).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: invalid values: Argument: backend, Given: "gpu", Choices: "native", "snarkjs"
       hint  see \`zkinfer --help\` or \`zkinfer COMMAND --help\`"
    `));
  it('missing argument', async () =>
    expect(await failure('verify', 'build')).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: not enough non-option arguments: got 1, need at least 2
       hint  see \`zkinfer --help\` or \`zkinfer COMMAND --help\`"
    `));
  it('missing option', async () =>
    expect(await failure('run', IRIS)).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: missing required argument: input
       hint  see \`zkinfer --help\` or \`zkinfer COMMAND --help\`"
    `));
  it('option without its value', async () =>
    expect(await failure('run', IRIS, '--input')).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: not enough arguments following: input
       hint  see \`zkinfer --help\` or \`zkinfer COMMAND --help\`"
    `));
  it('value that is no choice', async () =>
    expect(await failure('compile', IRIS, '-o', join(dir, 'x'), '--input', 'secret')).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: invalid values: Argument: input, Given: "secret", Choices: "public", "committed"
       hint  see \`zkinfer --help\` or \`zkinfer COMMAND --help\`"
    `));
  it('neither --dev nor --ptau', async () =>
    expect(await failure('setup', dir)).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: give either --dev or --ptau FILE"
    `));
  it('malformed index', async () =>
    expect(await failure('run', IRIS, '--input', 'x.json', '--index', '-1')).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: --index takes an integer from 0 on"
    `));
  it('malformed context', async () =>
    expect(await failure('prove', dir, '--input', 'x.json', '--context', '0x12')).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: --context takes 0x and 64 hex digits"
    `));
  it('compile without a directory', async () =>
    expect(await failure('compile', IRIS)).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: give the directory to make with -o DIR"
    `));
  it('demo in a folder that is not empty', async () => {
    await file('occupied', '');
    expect(await failure('demo', '--keep', dir)).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: DIR is not empty
       at    DIR"
    `);
  });
});

describe('input data', () => {
  const onInput = (path: string, ...more: string[]): Promise<string> =>
    failure('run', IRIS, '--input', path, '--quiet', ...more);

  it('missing file', async () =>
    expect(await onInput(join(dir, 'none.json'))).toMatchInlineSnapshot(`
     "exit 4
     error IO: cannot read DIR/none.json: no such file or folder
       at    DIR/none.json"
    `));
  it('unknown format', async () =>
    expect(await onInput(await file('x.txt', '1'))).toMatchInlineSnapshot(`
     "exit 2
     error INPUT_FORMAT: DIR/x.txt has no known ending
       at    DIR/x.txt
       hint  DATA is .json, .jsonl, .npy, .npz or .csv, or a folder of such files"
    `));
  it('wrong shape', async () =>
    expect(await onInput(await file('a.json', '[[1,2,3]]'))).toMatchInlineSnapshot(`
     "exit 2
     error INPUT_SHAPE: tensor input has shape [1, 3], the model takes [1, 4]
       at    DIR/a.json, input
       hint  give 4 numbers, flat or nested; several samples in one array need one more dimension in front"
    `));
  it('wrong name', async () =>
    expect(await onInput(await file('b.json', '{"pixels":[1,2,3,4]}'))).toMatchInlineSnapshot(`
     "exit 2
     error INPUT_SHAPE: the model has no input named pixels
       at    DIR/b.json, pixels
       hint  its inputs are: input"
    `));
  it('NaN', async () => {
    const data = Float32Array.of(1, 2, NaN, 4);
    const path = await file('nan.npy', npyBytes({ descr: '<f4', shape: [1, 4], data }));
    expect(await onInput(path)).toMatchInlineSnapshot(`
     "exit 2
     error INPUT_VALUE: tensor input, element 2: not a finite number
       at    DIR/nan.npy, input, element 2"
    `);
  });
  it('integers out of range', async () =>
    expect(await onInput(await file('c.json', '[1,2,3,256]'), '--integers')).toMatchInlineSnapshot(`
     "exit 2
     error INPUT_VALUE: tensor input, element 3: outside 0 to 255, the range of uint8
       at    DIR/c.json, input, element 3"
    `));
  it('no JSON', async () =>
    expect(await onInput(await file('d.json', '[1,2,3'))).toMatchInlineSnapshot(`
     "exit 2
     error INPUT_FORMAT: DIR/d.json is not JSON (position 6)
       at    DIR/d.json"
    `));
  it('no such sample', async () => {
    const path = join(FIXTURES, 'iris-mlp/inputs.npz');
    expect(await onInput(path, '--index', '20')).toMatchInlineSnapshot(`
     "exit 2
     error USAGE: FIXTURES/iris-mlp/inputs.npz has no sample 20: it holds 20, counted from 0
       at    FIXTURES/iris-mlp/inputs.npz"
    `);
  });
});

describe('models', () => {
  it('no ONNX file', async () =>
    expect(await failure('inspect', await file('m.onnx', 'no model'))).toMatchInlineSnapshot(`
     "exit 3
     error MODEL_FORMAT: the file is not a readable ONNX model
       hint  the file is damaged, truncated or not an ONNX model; export it again"
    `));
  it('missing file', async () =>
    expect(await failure('inspect', join(dir, 'none.onnx'))).toMatchInlineSnapshot(`
     "exit 4
     error IO: cannot read DIR/none.onnx: no such file or folder
       at    DIR/none.onnx"
    `));
  it('float model', async () =>
    expect(await failure('inspect', join(FIXTURES, 'digits-mlp/float.onnx'))).toMatchInlineSnapshot(`
     "exit 3
     error MODEL_NOT_QUANTIZED: the model is not quantized: all its operators are float
       hint  quantize it statically, for example with onnxruntime.quantization.quantize_static"
    `));
  it('all unsupported operators at once', async () =>
    expect(await failure('inspect', await file('u.onnx', unsupportedModel()))).toMatchInlineSnapshot(`
     "exit 3
     error MODEL_UNSUPPORTED: the model cannot be proven as it is: Einsum activation: the operator is not supported (2 problems; this is the first)
       code               at                        problem
       -----------------  ------------------------  ------------------------------------------------
       MODEL_UNSUPPORTED  node activation (Einsum)  Einsum activation: the operator is not supported
       MODEL_UNSUPPORTED  node again (Loop)         Loop again: control flow has no fixed circuit
       hint  leave it out of the model and compute it outside the proof, or replace it by supported operators
       hint  export the model without control flow, for example by tracing it for one input shape"
    `));
  it('a failed compilation leaves nothing behind', async () => {
    const before = await readdir(dir);
    expect(await failure('compile', join(FIXTURES, 'digits-mlp/float.onnx'), '-o', join(dir, 'build'))).toContain(
      'exit 3',
    );
    expect(await readdir(dir)).toEqual(before);
  });
});

describe('artifacts', () => {
  it('no artifact directory', async () =>
    expect(await failure('setup', dir, '--dev')).toMatchInlineSnapshot(`
     "exit 4
     error ARTIFACT_MISSING: DIR is not an artifact directory: it has no manifest.json
       at    DIR/manifest.json
       hint  make one with \`zkinfer compile MODEL.onnx -o DIR\`"
    `));
  it('no such directory', async () =>
    expect(await failure('export-verifier', join(dir, 'none'), '-o', dir)).toMatchInlineSnapshot(`
     "exit 4
     error ARTIFACT_MISSING: DIR/none is not an artifact directory: it has no manifest.json
       at    DIR/none/manifest.json
       hint  make one with \`zkinfer compile MODEL.onnx -o DIR\`"
    `));
  it('a verification key of another format', async () =>
    expect(await failure('verify', await file('key.json', '{}'), await file('p.json', '{}'))).toMatchInlineSnapshot(`
     "exit 4
     error ARTIFACT_FORMAT: DIR/key.json: protocol must be present
       at    DIR/key.json, protocol"
    `));
});

describe('--json', () => {
  it('puts errors on stdout, as one document', async () => {
    const { code, stdout, stderr } = await runCli(['inspect', join(dir, 'none.onnx'), '--json'], { [dir]: 'DIR' });
    expect(stderr).toBe('');
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toEqual({
      format: 'zkinfer-error',
      version: 1,
      code: 'IO',
      exitCode: 4,
      message: 'cannot read DIR/none.onnx: no such file or folder',
      location: { file: 'DIR/none.onnx' },
    });
  });

  it('lists all problems of a model', async () => {
    const path = await file('u2.onnx', unsupportedModel());
    const { code, stdout } = await runCli(['inspect', path, '--json']);
    const document = JSON.parse(stdout) as { code: string; problems: { code: string; location: { op?: string } }[] };
    expect(code).toBe(3);
    expect(document.problems.map(({ location }) => location.op)).toEqual(['Einsum', 'Loop']);
  });
});

describe('help', () => {
  it.each([
    'inspect',
    'compile',
    'setup',
    'run',
    'prove',
    'batch',
    'verify',
    'audit',
    'export-verifier',
    'export-key',
    'calldata',
    'doctor',
    'demo',
  ])('%s has a summary and examples', async (command) => {
    const { code, stdout } = await runCli([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain(`zkinfer ${command}`);
    expect((await runCli(['--help'])).stdout).toMatch(new RegExp(`zkinfer ${command} .*\\w`));
  });

  it('names no command that does not exist', async () => {
    const { stdout } = await runCli(['--help']);
    const commands = [...stdout.matchAll(/^ {2}zkinfer (\S+)/gm)].map(([, name]) => name);
    expect(commands).toMatchInlineSnapshot(`
     [
       "completion",
       "inspect",
       "compile",
       "setup",
       "ceremony",
       "commit",
       "run",
       "prove",
       "batch",
       "worker",
       "queue",
       "collect",
       "serve",
       "verify",
       "audit",
       "export-verifier",
       "export-key",
       "calldata",
       "deploy",
       "register",
       "request",
       "submit",
       "market",
       "watch",
       "doctor",
       "demo",
     ]
    `);
  });
});
