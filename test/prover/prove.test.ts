import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hex, ProofDocument, SnarkjsProof, VerificationKey } from '../../src/artifacts/types.js';
import { SNARK_FIELD } from '../../src/hash/field.js';
import type { ProverBackend } from '../../src/prover/backend.js';
import { proveStatement, type ProveSource } from '../../src/prover/prove.js';
import { verifyProofDocument, type Verdict } from '../../src/prover/verify.js';
import { WitnessGenerator } from '../../src/prover/witness.js';
import { localCurve, terminateCurves } from '../../src/setup/curve.js';
import { setupDevelopment } from '../../src/setup/development.js';
import { isG2Point } from '../../src/setup/key-check.js';
import { commitPart } from '../../src/statement/elements.js';
import { BASE_FIELD, decodeProof, encodeProof } from '../../src/statement/proof-bytes.js';
import { TESTED_BACKENDS } from '../support/backends.js';
import { compileProduct, makeFolder, removeFolder, type CompiledCircuit } from '../support/product-circuit.js';
import { product, productInputs, productManifest } from '../support/product-model.js';
import { runSnarkjs } from '../support/snarkjs-cli.js';

const CONTEXT: Hex = `0x${'c0'.repeat(32)}`;
const INPUT = [201, 77];
const manifest = productManifest();

let folder: string;
let circuit: CompiledCircuit;
let verificationKey: VerificationKey;
let anySource: ProveSource;
let document: ProofDocument;

beforeAll(async () => {
  folder = await makeFolder();
  circuit = await compileProduct(folder);
  const zkey = join(folder, 'a.zkey');
  verificationKey = await setupDevelopment({ r1cs: circuit.r1cs, zkey, verificationKey: join(folder, 'a.json') });
  anySource = {
    manifest,
    witnessGenerator: await WitnessGenerator.load(circuit.wasm),
    zkey,
    verificationKey,
    input: INPUT,
    output: [product(201, 77)],
    context: CONTEXT,
  };
  ({ document } = await proveStatement(anySource));
});
afterAll(async () => {
  await terminateCurves();
  await removeFolder(folder);
});

const verify = (changed: unknown, more: { context?: Hex } = {}): Promise<Verdict> =>
  verifyProofDocument({ manifest, verificationKey, document: changed, ...more });

/** The document after JSON and a change, as an attacker would send it. */
function altered(change: (json: never) => void): unknown {
  const json: unknown = JSON.parse(JSON.stringify(document));
  change(json as never);
  return json;
}

describe.each(TESTED_BACKENDS)('proveStatement with $name', (backend) => {
  let source: ProveSource;
  let document: ProofDocument;
  beforeAll(async () => {
    source = { ...anySource, backend };
    ({ document } = await proveStatement(source));
  });

  it('gives a document of the statement that verifies', async () => {
    expect(document).toMatchObject({ format: 'zkinfer-proof', version: 1, modelId: manifest.modelId });
    expect(document).toMatchObject({ input: INPUT, output: [60], statement: { context: CONTEXT } });
    expect(await verify(JSON.parse(JSON.stringify(document)))).toEqual({ valid: true });
    expect(await verify(document, { context: CONTEXT })).toEqual({ valid: true });
  });
  it('gives proof and public signals that snarkjs’s command line accepts', async () => {
    const [proof, signals] = [join(folder, 'proof.json'), join(folder, 'public.json')];
    await writeFile(proof, JSON.stringify(document.proof));
    await writeFile(signals, JSON.stringify(document.publicSignals));
    const result = await runSnarkjs('groth16', 'verify', join(folder, 'a.json'), signals, proof);
    expect(result).toMatchObject({ code: 0, output: expect.stringContaining('OK!') as string });
  });
  it('takes everything from memory as well, and blinds each proof anew', async () => {
    const inMemory = { witnessGenerator: await readFile(circuit.wasm), zkey: await readFile(source.zkey as string) };
    const again = await proveStatement({ ...source, ...inMemory });
    expect(again.document.publicSignals).toEqual(document.publicSignals);
    expect(again.document.proof.pi_a).not.toEqual(document.proof.pi_a);
    expect(await verify(again.document)).toEqual({ valid: true });
    const key = await backend.loadKey(inMemory.zkey);
    expect(key).toMatchObject({ backend: backend.name, nPublic: 3 });
    const threads = { threads: 1 };
    const several = await Promise.all([1, 2, 3].map(() => proveStatement({ ...source, zkey: key }, threads)));
    for (const proven of several) expect(await verify(proven.document)).toEqual({ valid: true });
    key.release();
    await expect(proveStatement({ ...source, zkey: key })).rejects.toMatchObject({ code: 'INTERNAL' });
  });
  it('gives proofs that survive the encoding for contracts', async () => {
    const { C, proof } = decodeProof(encodeProof(BigInt(document.statement.C), document.proof));
    expect(C.toString()).toBe(document.statement.C);
    expect(await verify({ ...document, proof })).toEqual({ valid: true });
  });
  it('refuses an output that the model does not give', async () => {
    await expect(proveStatement({ ...source, output: [61] })).rejects.toMatchObject({
      code: 'CHECK_FAILED',
      message: expect.stringMatching(/a constraint does not hold: Error in template PublicProduct/) as string,
    });
  });
  it('refuses tensors that are not the model’s', async () => {
    await expect(proveStatement({ ...source, input: [1] })).rejects.toMatchObject({ code: 'INPUT_SHAPE' });
    await expect(proveStatement({ ...source, input: [1, 256] })).rejects.toMatchObject({ code: 'INPUT_VALUE' });
    await expect(proveStatement({ ...source, output: [] })).rejects.toMatchObject({ code: 'INPUT_SHAPE' });
  });
  it('hands out no proof that does not verify', async () => {
    const otherKey = await setupDevelopment({
      r1cs: circuit.r1cs,
      zkey: join(folder, 'b.zkey'),
      verificationKey: join(folder, 'b.json'),
    });
    await expect(proveStatement({ ...source, verificationKey: otherKey })).rejects.toMatchObject({
      code: 'ARTIFACT_MISMATCH',
    });
    const broken: ProverBackend = {
      ...backend,
      prove: () => Promise.resolve({ proof: { ...document.proof, pi_c: document.proof.pi_a }, publicSignals: [] }),
    };
    await expect(proveStatement({ ...source, backend: broken })).rejects.toMatchObject({ code: 'ARTIFACT_MISMATCH' });
  });
  it('stops when it is cancelled', async () => {
    await expect(proveStatement(source, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    const controller = new AbortController();
    const onProgress = ({ stage }: { stage: string }): void => {
      if (stage === 'proving') setImmediate(() => controller.abort());
    };
    await expect(proveStatement(source, { signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});

describe('verifyProofDocument finds tampering', () => {
  const other = (text: string): string => ((BigInt(text) + 1n) % SNARK_FIELD).toString();
  const signals = ['C', 'r', 's'] as const;

  it.each(signals.map((name, i) => [name, i] as const))('with %s', async (name, i) => {
    const both = altered((json: { statement: Record<string, string>; publicSignals: string[] }) => {
      json.statement[name] = json.publicSignals[i] = other(json.statement[name]!);
    });
    expect(await verify(both)).toEqual({
      valid: false,
      reason: `the public signal ${name} is not that of the statement`,
    });
    const one = altered((json: { publicSignals: string[] }) => {
      json.publicSignals[i] = other(json.publicSignals[i]!);
    });
    expect(await verify(one)).toMatchObject({ valid: false });
  });
  it('with output, input, context or model', async () => {
    expect(await verify({ ...document, output: [61] })).toMatchObject({ valid: false });
    expect(await verify({ ...document, input: [77, 201] })).toMatchObject({ valid: false });
    const moved = { ...document, statement: { ...document.statement, context: `0x${'c1'.repeat(32)}` } };
    expect(await verify(moved)).toMatchObject({ valid: false });
    expect(await verify(document, { context: `0x${'00'.repeat(32)}` })).toEqual({
      valid: false,
      reason: 'the proof is bound to another context',
    });
    expect(await verify({ ...document, modelId: CONTEXT })).toEqual({
      valid: false,
      reason: 'the proof is for another model',
    });
  });
  it('with values and signals changed to a consistent other statement', async () => {
    const { C, r, s } = (await productInputs(77, 201, CONTEXT)) as unknown as Record<'C' | 'r' | 's', bigint>;
    const publicSignals = [C, r, s].map(String);
    const statement = { context: CONTEXT, C: publicSignals[0], r: publicSignals[1], s: publicSignals[2] };
    expect(await verify({ ...document, input: [77, 201], statement, publicSignals })).toEqual({
      valid: false,
      reason: 'the proof does not hold for its public signals',
    });
  });
  it('with the points of the proof', async () => {
    const { proof } = document;
    const negated = (BASE_FIELD - BigInt(proof.pi_a[1])).toString();
    const changed: SnarkjsProof[] = [
      { ...proof, pi_a: proof.pi_c },
      { ...proof, pi_c: proof.pi_a },
      { ...proof, pi_a: [proof.pi_a[0], negated, '1'] },
      { ...proof, pi_a: ['1', '2', '1'] },
      { ...proof, pi_a: ['1', '3', '1'] },
      { ...proof, pi_c: ['0', '0', '1'] },
      { ...proof, pi_a: ['0', '1', '0'] },
      { ...proof, pi_b: [proof.pi_b[1], proof.pi_b[0], proof.pi_b[2]] },
      { ...proof, pi_a: [(BigInt(proof.pi_a[0]) + BASE_FIELD).toString(), proof.pi_a[1], '1'] },
    ];
    for (const wrong of changed) expect(await verify({ ...document, proof: wrong })).toMatchObject({ valid: false });
  });
  it('with a point of the twist outside the subgroup', async () => {
    // (x, y) with small x on y^2 = x^3 + 3/(9 + u): on the curve, but of another order.
    const outside = pointOutsideSubgroup();
    const curve = await localCurve();
    expect(curve.G2.isValid(curve.G2.fromObject(outside.map((pair) => pair.map(BigInt))))).toBe(true);
    expect(isG2Point(curve, outside)).toBe(false);
    expect(isG2Point(curve, document.proof.pi_b)).toBe(true);
    expect(await verify({ ...document, proof: { ...document.proof, pi_b: outside } })).toEqual({
      valid: false,
      reason: 'the proof does not hold for its public signals',
    });
  });
});

describe('verifyProofDocument never throws because of the document', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['text', 'proof'],
    ['a list', []],
    ['an empty object', {}],
    ['a function', () => 1],
  ])('that is %s', async (_, hostile) => {
    expect(await verify(hostile)).toMatchObject({ valid: false, reason: expect.any(String) as string });
  });
  it.each<[string, (json: never) => void]>([
    ['no proof', (json: { proof?: unknown }) => delete json.proof],
    ['another format', (json: { format: string }) => (json.format = 'x')],
    ['numbers for signals', (json: { publicSignals: unknown }) => (json.publicSignals = [1, 2, 3])],
    ['a fourth signal', (json: { publicSignals: string[] }) => json.publicSignals.push('1')],
    ['signals above p', (json: { statement: { r: string } }) => (json.statement.r = (1n << 255n).toString())],
    [
      'r + p',
      (json: { statement: { r: string }; publicSignals: string[] }) => {
        json.statement.r = json.publicSignals[1] = (BigInt(json.statement.r) + SNARK_FIELD).toString();
      },
    ],
    ['hexadecimal coordinates', (json: { proof: { pi_a: string[] } }) => (json.proof.pi_a[0] = '0x1')],
    ['very long numbers', (json: { proof: { pi_a: string[] } }) => (json.proof.pi_a[0] = '9'.repeat(1_000_000))],
    ['short points', (json: { proof: { pi_b: unknown[] } }) => json.proof.pi_b.pop()],
    ['nested points', (json: { proof: { pi_b: unknown[] } }) => (json.proof.pi_b[0] = [[['1']]])],
    ['no input', (json: { input?: unknown }) => delete json.input],
    ['text as input', (json: { input: unknown }) => (json.input = '12')],
    ['fractions', (json: { input: unknown }) => (json.input = [1.5, 2])],
    ['text elements', (json: { input: unknown }) => (json.input = ['201', '77'])],
    ['negative uint8', (json: { input: unknown }) => (json.input = [-1, 77])],
    ['a sparse list', (json: { input: unknown }) => (json.input = new Array(2))],
    ['a huge list', (json: { input: unknown }) => (json.input = new Array(100_000_000))],
    ['an element too many', (json: { output: number[] }) => json.output.push(0)],
    [
      'a commitment of a public part',
      (json: { statement: Record<string, string> }) => (json.statement['inputCommitment'] = '1'),
    ],
    [
      'a commitment in place of a public part',
      (json: { statement: Record<string, string>; input?: unknown }) => {
        delete json.input;
        json.statement['inputCommitment'] = '1';
      },
    ],
    ['a context that is no hash', (json: { statement: { context: unknown } }) => (json.statement.context = {})],
  ])('with %s', async (_, change) => {
    expect(await verify(altered(change))).toMatchObject({ valid: false, reason: expect.any(String) as string });
  });
  it('but does because of an unsafe key', async () => {
    const unsafe = { ...verificationKey, vk_delta_2: verificationKey.vk_gamma_2 };
    await expect(verifyProofDocument({ manifest, verificationKey: unsafe, document })).rejects.toMatchObject({
      code: 'KEY_UNSAFE',
    });
  });
});

describe('a committed input', () => {
  it('is proven without showing it', async () => {
    const committed = await compileProduct(folder, 'CommittedProduct');
    const paths = { r1cs: committed.r1cs, zkey: join(folder, 'c.zkey'), verificationKey: join(folder, 'c.json') };
    const key = await setupDevelopment(paths);
    const hidden: ProveSource = {
      ...anySource,
      manifest: productManifest('committed'),
      witnessGenerator: committed.wasm,
      zkey: paths.zkey,
      verificationKey: key,
    };
    const proven = await proveStatement({ ...hidden, inputSalt: 7n });
    expect(proven.inputSalt).toBe(7n);
    expect(proven.document.input).toBeUndefined();
    expect(proven.document.statement.inputCommitment).toBe((await commitPart(INPUT, 'uint8', 7n)).toString());
    const check = (changed: unknown): Promise<Verdict> =>
      verifyProofDocument({ manifest: hidden.manifest, verificationKey: key, document: changed });
    expect(await check(proven.document)).toEqual({ valid: true });
    const { statement } = proven.document;
    expect(await check({ ...proven.document, statement: { ...statement, inputCommitment: '1' } })).toMatchObject({
      valid: false,
    });
    expect(await check({ ...proven.document, input: INPUT })).toMatchObject({ valid: false });

    const random = await proveStatement(hidden);
    expect(random.inputSalt).not.toBe(7n);
    expect(random.document.statement.inputCommitment).not.toBe(statement.inputCommitment);
  });
});

/** Square roots in F_q^2 = F_q(u), u^2 = -1, for a point of the twist with the smallest x = (k, 0). */
function pointOutsideSubgroup(): SnarkjsProof['pi_b'] {
  const q = BASE_FIELD;
  const mod = (v: bigint): bigint => ((v % q) + q) % q;
  const power = (base: bigint, exponent: bigint): bigint => {
    let result = 1n;
    for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
    return result;
  };
  const inverse = (v: bigint): bigint => power(v, q - 2n);
  const root = (v: bigint): bigint | undefined => {
    const candidate = power(v, (q + 1n) / 4n);
    return mod(candidate * candidate) === mod(v) ? candidate : undefined;
  };
  // b = 3 / (9 + u) = (27 - 3u) / 82
  const b: [bigint, bigint] = [mod(27n * inverse(82n)), mod(-3n * inverse(82n))];
  for (let x = 1n; ; x++) {
    const [a0, a1] = [mod(x ** 3n + b[0]), b[1]];
    const norm = root(mod(a0 * a0 + a1 * a1));
    if (norm === undefined) continue;
    for (const sign of [norm, mod(-norm)]) {
      const y0 = root(mod((a0 + sign) * inverse(2n)));
      if (y0 === undefined || y0 === 0n) continue;
      const y1 = mod(a1 * inverse(2n * y0));
      return [
        [x.toString(), '0'],
        [y0.toString(), y1.toString()],
        ['1', '0'],
      ];
    }
  }
}
