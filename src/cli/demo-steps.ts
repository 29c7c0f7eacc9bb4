/** The steps of the demo, each with its time, and what they showed. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ZkinferError } from '../errors.js';
import {
  callVerifyInference,
  compileModel,
  compileSolidity,
  connect,
  deployVerifier,
  encodeCalldata,
  exportVerifier,
  loadProver,
  loadVerifier,
  proveInference,
  readInput,
  sendVerifyInference,
  setupDevelopment,
  startAnvil,
  verifyProof,
  writeFileAtomic,
  type CompiledContract,
  type Hex,
  type Manifest,
  type ProofDocument,
} from '../index.js';
import type { Context } from './command.js';
import { picture } from './digit-picture.js';
import { certificateText } from './layer-table.js';
import { duration, grouped, table } from './table.js';
import { argMax } from './tensor-text.js';

const FIXTURE = fileURLToPath(new URL('../../fixtures/digits-cnn', import.meta.url));
const MODEL = join(FIXTURE, 'model.qdq-u8u8.onnx');
const IMAGES = join(FIXTURE, 'inputs.npz');
/** Pixels per row of the bundled images. */
const WIDTH = 8;

interface DemoStep {
  readonly name: string;
  readonly milliseconds: number;
  readonly result: string;
}

export interface DemoReport {
  readonly text: string;
  readonly digit: number;
  readonly constraints: number;
  readonly gas: { readonly deployment: bigint; readonly verification: bigint };
  readonly steps: readonly DemoStep[];
}

/** Runs steps one after the other, and keeps what they took and what they gave. */
class StepList {
  readonly steps: DemoStep[] = [];
  constructor(private readonly context: Context) {}

  async run<T>(name: string, work: () => Promise<T>, describe: (result: T) => string): Promise<T> {
    const started = performance.now();
    const result = await work();
    const step = { name, milliseconds: Math.round(performance.now() - started), result: describe(result) };
    this.steps.push(step);
    this.context.note(`${name.padEnd(16)}  ${duration(step.milliseconds).padStart(8)}  ${step.result}`);
    return result;
  }
}

/**
 * The whole way with the bundled digits model.
 *
 * @param folder where artifacts, proof and contract go
 * @param index which of the bundled digits
 * @throws CHECK_FAILED where anything is accepted that must not be, or refused that must be accepted
 */
export async function runDemo(folder: string, index: number, context: Context): Promise<DemoReport> {
  const { signal, onProgress } = context;
  const list = new StepList(context);
  const dir = join(folder, 'artifacts');
  const work = { signal, onProgress };
  const { manifest } = await list.run('compile', () => compileModel(MODEL, dir, work), compiledText);
  await list.run(
    'setup --dev',
    () => setupDevelopment(dir, work),
    () => 'development keys, not for production',
  );
  const sample = await readInput(IMAGES, manifest.statement.inputs, { index, signal });
  const shown = picture(sample.tensors[0]!.integers, WIDTH);
  const prover = await loadProver(dir, work);
  const proven = await list.run(
    'prove',
    () => proveInference(prover, sample.tensors, work),
    ({ outputs }) => `the model says ${argMax(outputs[0]!.integers)}`,
  );
  prover.release();
  await writeFileAtomic(join(folder, 'proof.json'), `${JSON.stringify(proven.document, null, 1)}\n`, { signal });
  await list.run(
    'verify',
    () => verifyOffChain(dir, proven.document),
    (result) => result,
  );
  const contract = await list.run('export, solc', () => makeContract(dir, folder), contractText);
  const gas = await onLocalChain(list, contract, dir, proven.document, signal);
  const digit = argMax(proven.outputs[0]!.integers);
  const facts = { digit, constraints: manifest.circuit.constraints, gas, steps: list.steps };
  return { ...facts, text: reportText(shown, manifest, list.steps) };
}

async function verifyOffChain(dir: string, document: ProofDocument): Promise<string> {
  const verifier = await loadVerifier(dir);
  expect((await verifyProof(verifier, document)).valid, 'the proof is not accepted');
  const verdict = await verifyProof(verifier, tampered(document));
  expect(!verdict.valid, 'a tampered output is accepted');
  return 'accepted; with a tampered output refused';
}

/** The same proof with one output element changed. */
function tampered(document: ProofDocument): ProofDocument {
  const [first = 0, ...rest] = document.output ?? [];
  return { ...document, output: [first === 0 ? 1 : first - 1, ...rest] };
}

async function makeContract(dir: string, folder: string): Promise<CompiledContract> {
  const { contractName, source } = await exportVerifier(dir, join(folder, 'contracts'), { allowDevelopmentKey: true });
  const file = `${contractName}.sol`;
  const contracts = await compileSolidity({ [file]: source });
  return contracts[`${file}:${contractName}`]!;
}

async function onLocalChain(
  list: StepList,
  contract: CompiledContract,
  dir: string,
  document: ProofDocument,
  signal: AbortSignal,
): Promise<DemoReport['gas']> {
  const { input, output, proof } = await encodeCalldata(dir, document);
  const anvil = await startAnvil({ signal });
  const connection = await connect({ rpcUrl: anvil.rpcUrl });
  try {
    const deployment = await list.run(
      'deploy',
      () => deployVerifier(connection, contract),
      ({ address, gasUsed }) => `${address}, ${grouped(gasUsed)} gas`,
    );
    const verifier = { address: deployment.address, abi: contract.abi };
    const sent = await list.run(
      'accept',
      async () => {
        expect(
          await callVerifyInference(connection, verifier, { input, output, proof }),
          'the contract refuses the proof',
        );
        return sendVerifyInference(connection, verifier, { input, output, proof });
      },
      ({ gasUsed }) => `verifyInference returned true, ${grouped(gasUsed)} gas as a transaction`,
    );
    const changed = await encodeCalldata(dir, tampered(document));
    await list.run(
      'refuse',
      async () =>
        expect(!(await callVerifyInference(connection, verifier, changed)), 'the contract accepts a tampered output'),
      () => 'tampered output: verifyInference returned false',
    );
    return { deployment: deployment.gasUsed, verification: sent.gasUsed };
  } finally {
    connection.close();
    await anvil.stop();
  }
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new ZkinferError('CHECK_FAILED', otherwise);
}

function compiledText({ manifest: { circuit, layers } }: { readonly manifest: Manifest }): string {
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
  return `${grouped(circuit.constraints)} constraints for ${grouped(macs)} MACs`;
}

function contractText({ deployedBytecode }: { readonly deployedBytecode: Hex | string }): string {
  return `${grouped(deployedBytecode.length / 2 - 1)} bytes of code`;
}

function reportText(shown: string, { certificate }: Manifest, steps: readonly DemoStep[]): string {
  const total = steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const rows = steps.map(({ name, milliseconds, result }) => [name, duration(milliseconds), result]);
  rows.push(['total', duration(total), '']);
  const columns = [{ title: 'step' }, { title: 'time', align: 'right' }, { title: 'result' }] as const;
  return [shown, table(columns, rows), `certificate: ${certificateText(certificate)}`].join('\n');
}
