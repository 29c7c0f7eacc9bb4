/** What this machine has. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, availableParallelism, freemem, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { versions } from 'node:process';
import { ZKINFER_VERSION } from '../artifacts/version.js';
import { anvilBinary } from '../chain/anvil.js';
import { circomVersion } from '../circom/run.js';
import { ZkinferError } from '../errors.js';
import { nativeState } from '../native/load.js';
import { nativeBackend } from '../prover/native-backend.js';

export interface DoctorCheck {
  readonly name: string;
  /** `missing` only stops commands that need it; `failed` stops all. */
  readonly state: 'ok' | 'missing' | 'failed';
  readonly detail: string;
  readonly hint?: string;
}

export interface DoctorReport {
  readonly ok: boolean;
  readonly checks: readonly DoctorCheck[];
}

const LEAST_NODE: readonly [number, number] = [20, 19];
/** Compiling a LeNet-sized circuit takes less than this. */
const GOOD_MEMORY = 2 * 2 ** 30;

/** Looks at the runtime, the compilers, the prover backends and the optional packages. Runs nothing and writes nothing. */
export async function inspectMachine(): Promise<DoctorReport> {
  const checks = [
    { name: 'zkinfer', state: 'ok' as const, detail: ZKINFER_VERSION },
    checkNode(),
    checkMemory(),
    { name: 'circom', state: 'ok' as const, detail: `circom2 ${circomVersion()} (WebAssembly)` },
    await checkNative(),
    await checkSnarkjs(),
    await optionalPackage('solc', 'compiles verifier contracts (demo)'),
    checkAnvil(),
    await optionalPackage('onnxruntime-node', 'compares results (run --compare-ort)'),
  ];
  return { ok: checks.every(({ state }) => state !== 'failed'), checks };
}

function checkNode(): DoctorCheck {
  const [major = 0, minor = 0] = versions.node.split('.').map(Number);
  const [leastMajor, leastMinor] = LEAST_NODE;
  const detail = `${versions.node}, ${availableParallelism()} CPUs`;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return { name: 'node', state: 'ok', detail };
  return { name: 'node', state: 'failed', detail, hint: `install Node ${leastMajor}.${leastMinor} or later` };
}

function checkMemory(): DoctorCheck {
  const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const detail = `${gigabytes(totalmem())}, ${gigabytes(freemem())} free`;
  if (totalmem() >= GOOD_MEMORY) return { name: 'memory', state: 'ok', detail };
  return { name: 'memory', state: 'missing', detail, hint: 'larger models need 2 GiB and more' };
}

async function checkNative(): Promise<DoctorCheck> {
  const name = `prover ${nativeBackend.name}`;
  const verdict = await nativeBackend.available();
  if (!verdict.available) {
    const { reason, hint } = verdict;
    const detail = `${reason}; proofs are made by snarkjs`;
    return { name, state: 'missing', detail, ...(hint === undefined ? {} : { hint }) };
  }
  const state = nativeState();
  if (!state.available) throw new ZkinferError('INTERNAL', 'native code went away');
  const features = Object.entries(state.features).flatMap(([feature, has]) => (has ? [feature] : []));
  const processor = features.length === 0 ? arch() : `${arch()} with ${features.join(', ')}`;
  return { name, state: 'ok', detail: `variant ${state.variant}, ${processor}` };
}

async function checkSnarkjs(): Promise<DoctorCheck> {
  const version = await packageVersion('snarkjs');
  return { name: 'prover snarkjs', state: 'ok', detail: version ?? 'version unknown' };
}

function checkAnvil(): DoctorCheck {
  try {
    anvilBinary();
    return { name: 'anvil', state: 'ok', detail: 'runs a local chain (demo)' };
  } catch {
    const hint = 'npm install @foundry-rs/anvil';
    return { name: 'anvil', state: 'missing', detail: 'runs a local chain (demo)', hint };
  }
}

async function optionalPackage(name: string, purpose: string): Promise<DoctorCheck> {
  const version = await packageVersion(name);
  if (version !== undefined) return { name, state: 'ok', detail: `${version}, ${purpose}` };
  return { name, state: 'missing', detail: purpose, hint: `npm install ${name}` };
}

/** Version of an installed package, found without loading it. */
async function packageVersion(name: string): Promise<string | undefined> {
  const { resolve } = createRequire(import.meta.url);
  let folder: string;
  try {
    folder = dirname(resolve(name));
  } catch {
    return undefined;
  }
  for (; dirname(folder) !== folder; folder = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
    const manifest = text === undefined ? {} : (JSON.parse(text) as { name?: string; version?: string });
    if (manifest.name === name) return manifest.version;
  }
  return undefined;
}
