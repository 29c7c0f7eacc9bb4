import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProofDocument } from '../../src/artifacts/types.js';
import { runSnarkjs } from '../support/snarkjs-cli.js';
import { runCli } from './run-cli.js';

const IRIS = fileURLToPath(new URL('../../fixtures/iris-mlp', import.meta.url));
const DATA = join(IRIS, 'inputs.npz');
const CONTEXT = `0x${'ab'.repeat(32)}`;

let dir: string;
let build: string;
let proofPath: string;

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout } = await runCli([...args, '--json', '--quiet']);
  const document = JSON.parse(stdout) as Record<string, unknown>;
  expect(code === 0 ? '' : stdout).toBe('');
  expect(document.version).toBe(1);
  return document;
}

async function proofWith(change: (proof: ProofDocument) => unknown): Promise<string> {
  const proof = JSON.parse(await readFile(proofPath, 'utf8')) as ProofDocument;
  const path = join(dir, 'changed.json');
  await writeFile(path, JSON.stringify(change(proof)));
  return path;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zkinfer-pipeline-'));
  build = join(dir, 'build');
  proofPath = join(dir, 'proof.json');
  await json('compile', join(IRIS, 'model.qdq-u8u8.onnx'), '-o', build, '--input', 'committed');
  await json('setup', build, '--dev');
  await json(
    'prove',
    build,
    '--input',
    DATA,
    '--index',
    '2',
    '-o',
    proofPath,
    '--snarkjs',
    dir + '/snarkjs',
    '--context',
    CONTEXT,
  );
});
afterAll(() => rm(dir, { recursive: true }));

it('predicts the constraints that the circuit has', async () => {
  const { constraints } = await json('inspect', join(IRIS, 'model.qdq-u8u8.onnx'), '--input', 'committed');
  const manifest = JSON.parse(await readFile(join(build, 'manifest.json'), 'utf8')) as {
    circuit: { constraints: number };
  };
  expect(Math.abs(Number(constraints) / manifest.circuit.constraints - 1)).toBeLessThan(0.02);
});

it('proves the output that run gives', async () => {
  const { samples } = (await json('run', build, '--input', DATA, '--index', '2')) as {
    samples: { index: number; outputs: { integers: number[] }[] }[];
  };
  const proof = JSON.parse(await readFile(proofPath, 'utf8')) as ProofDocument;
  expect(proof.output).toEqual(samples[0]!.outputs[0]!.integers);
  expect(samples[0]!.index).toBe(2);
});

it('keeps committed values and salt out of the proof, and the opening to its owner', async () => {
  const proof = JSON.parse(await readFile(proofPath, 'utf8')) as Record<string, unknown>;
  expect(proof.input).toBeUndefined();
  const opening = join(dir, 'proof.opening.json');
  expect((await stat(opening)).mode & 0o777).toBe(0o600);
  const { input } = JSON.parse(await readFile(opening, 'utf8')) as { input: { salt: string; elements: number[] } };
  expect(input.elements).toHaveLength(4);
  expect(JSON.stringify(proof)).not.toContain(input.salt);
});

it('accepts the proof, with the directory or the key', async () => {
  expect(await json('verify', build, proofPath)).toMatchObject({ valid: true });
  expect(await json('verify', build, proofPath, '--context', CONTEXT)).toMatchObject({ valid: true });
  expect(await json('verify', join(build, 'verification_key.json'), proofPath)).toMatchObject({ valid: true });
});

it('snarkjs accepts what --snarkjs wrote', async () => {
  const files = [
    join(build, 'verification_key.json'),
    join(dir, 'snarkjs/public.json'),
    join(dir, 'snarkjs/proof.json'),
  ];
  expect(await runSnarkjs('groth16', 'verify', ...files)).toMatchObject({ code: 0 });
});

it('refuses a changed statement with exit code 1', async () => {
  const output = await proofWith((proof) => ({
    ...proof,
    output: proof.output!.map((value, i) => (i === 0 ? value ^ 1 : value)),
  }));
  expect(await runCli(['verify', build, output])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('invalid: ') as string,
  });
  const context = await proofWith((proof) => ({
    ...proof,
    statement: { ...proof.statement, context: `0x${'00'.repeat(32)}` },
  }));
  expect(await runCli(['verify', build, context])).toMatchObject({ code: 1 });
  const other = await runCli(['verify', build, proofPath, '--context', `0x${'cd'.repeat(32)}`]);
  expect(other).toMatchObject({ code: 1, stdout: 'invalid: the proof is bound to another context\n' });
});

it('encodes the call of the contract', async () => {
  const { stdout } = await runCli(['calldata', build, proofPath]);
  const document = await json('calldata', build, proofPath);
  expect(stdout.trim()).toBe(document.calldata);
  expect(document.context).toBe(CONTEXT);
  expect(String(document.proof)).toHaveLength(2 + 2 * 288);
});

it('encodes several proofs as one call, and calls of the universal verifier', async () => {
  const [single, batch] = [
    await json('calldata', build, proofPath),
    await json('calldata', build, proofPath, proofPath),
  ];
  expect(batch.contexts).toEqual([CONTEXT, CONTEXT]);
  expect(batch.proofs).toBe(`${String(single.proof)}${String(single.proof).slice(2)}`);
  expect((await json('calldata', build, proofPath, '--batch')).contexts).toEqual([CONTEXT]);
  const keyId = `0x${'ab'.repeat(32)}`;
  const universal = await json('calldata', build, proofPath, '--key-id', keyId);
  expect(universal).toMatchObject({ input: single.input, output: single.output, proof: single.proof });
  expect(String(universal.calldata).slice(10)).toContain(keyId.slice(2));
  const refused = await runCli(['calldata', build, proofPath, '--key-id', '0x12']);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--key-id takes') as string });
});

it('exports the key for the universal verifier as the contract tells it', async () => {
  const refused = await runCli(['export-key', build]);
  expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('error KEY_UNSAFE') as string });
  const cid = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy';
  const path = join(dir, 'key.json');
  const options = ['--allow-development-key', '--cid', cid];
  const key = await json('export-key', build, '-o', path, ...options);
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(key);
  await json('export-verifier', build, '-o', dir, '--batch', ...options);
  const source = await readFile(join(dir, 'ModelVerifier.sol'), 'utf8');
  expect(source).toContain(`keyId = ${String(key.keyId)};`);
  expect(source).toContain(`modelCid = "${cid}";`);
  expect(source).toContain('contract ModelVerifier is IVerifiableModel, IBatchVerifier');
  const bad = await runCli(['export-key', build, '--allow-development-key', '--cid', 'ipfs://x']);
  expect(bad).toMatchObject({ code: 2, stderr: expect.stringContaining('not an IPFS CID') as string });
});

it('exports development keys only when told to, and marks the contract', async () => {
  const contracts = join(dir, 'contracts');
  const refused = await runCli(['export-verifier', build, '-o', contracts]);
  expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('error KEY_UNSAFE') as string });
  await expect(stat(contracts)).rejects.toThrow('ENOENT');
  await json('export-verifier', build, '-o', contracts, '--allow-development-key', '--name', 'IrisVerifier');
  const source = await readFile(join(contracts, 'IrisVerifier.sol'), 'utf8');
  expect(source).toContain('contract IrisVerifier is IVerifiableModel');
  expect(source).toContain('Not for production');
});

it('notices damaged artifacts before it uses them', async () => {
  const key = join(build, 'circuit.zkey');
  const bytes = await readFile(key);
  await writeFile(key, Buffer.concat([bytes, Buffer.of(0)]));
  const prove = ['prove', build, '--input', DATA, '--index', '2', '-o', join(dir, 'other.json'), '--quiet'];
  expect(await runCli(prove)).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('error ARTIFACT_MISMATCH') as string,
  });
  await rm(key);
  expect(await runCli(prove)).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('error ARTIFACT_MISSING') as string,
  });
  await writeFile(key, bytes);
  await expect(stat(join(dir, 'other.json'))).rejects.toThrow('ENOENT');
});
