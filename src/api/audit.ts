/** Audit of an artifact directory: is its witness unique, and is its key one for its circuit? */

import { isDeepStrictEqual } from 'node:util';
import { checkFiles, readJsonFile, readManifest } from '../artifacts/manifest.js';
import { ArtifactName, artifactPath } from '../artifacts/names.js';
import { parseVerificationKey } from '../artifacts/proof-document.js';
import { isSinglePartySetup } from '../artifacts/setup-kind.js';
import type { Manifest } from '../artifacts/types.js';
import type { OpenWire } from '../audit/audit.js';
import type { RuleCounts } from '../audit/determine.js';
import type { ModelFindings } from '../audit/model.js';
import { auditModel } from '../audit/model.js';
import type { RangeFindings } from '../audit/ranges.js';
import type { R1cs } from '../circom/r1cs.js';
import { domainPower, readR1cs } from '../circom/r1cs.js';
import type { SignalWires } from '../circom/sym.js';
import { readSym } from '../circom/sym.js';
import { ZkinferError } from '../errors.js';
import { SNARK_FIELD } from '../hash/field.js';
import type { WorkOptions } from '../progress.js';
import { assertKeyPoints } from '../setup/key-check.js';
import { readZkeyHeader } from '../setup/zkey-header.js';
import { readVerificationKey } from '../setup/zkey-points.js';
import { verifySetup } from './ceremony.js';

export interface AuditCircuitOptions extends WorkOptions {
  /** The ptau file that the key was made from: checks the key against it, and all contributions. */
  readonly ptau?: string;
}

/** A signal that is not shown to be determined. */
export interface OpenSignal {
  /** Full name, such as `main.model.layer0.y[3]`. */
  readonly signal: string;
  /** Constraints that it stands in, by their number in circuit.r1cs. */
  readonly constraints: readonly number[];
}

/** Signals that are not shown to be determined: how many, and the first ones. */
export interface OpenSignals {
  readonly count: number;
  readonly signals: readonly OpenSignal[];
}

export interface AuditReport {
  /** Whether nothing was found that speaks against circuit or key. */
  readonly ok: boolean;
  /** What was found, in one line each; empty where `ok`. */
  readonly problems: readonly string[];
  /** What was read, as the manifest names it. */
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>;
  readonly circuit: { readonly constraints: number; readonly wires: number };
  /** Inputs of the circuit, with their numbers of elements. */
  readonly inputs: ModelFindings['inputs'];
  /** Signals that r and the private inputs do not determine. */
  readonly undetermined: OpenSignals;
  /** Signals that r and what is hashed do not determine, and the number of hashed elements. */
  readonly unbound: OpenSignals & { readonly hashed: number };
  /** Wires by the rule that determined them. */
  readonly rules: RuleCounts;
  /** Present where products are checked at a random point: its signal, and the degree of the polynomials that are zero there. */
  readonly challenge?: { readonly signal: string; readonly degree: number; readonly bits: number };
  readonly ranges: RangeFindings;
  /** Present where the directory has keys. */
  readonly key?: KeyFindings;
  readonly milliseconds: number;
}

export interface KeyFindings {
  /** Made by one party, who could forge proofs. */
  readonly singleParty: boolean;
  /** Verdict on key, ptau and contributions, where a ptau file was given. */
  readonly ceremony?: { readonly valid: boolean; readonly reason?: string };
}

/** Signals that a report names. */
const MAX_SIGNALS = 1000;

/**
 * Audits the circuit of an artifact directory, from circuit.r1cs and circuit.sym alone, and its keys.
 *
 * Shown of the circuit: given the statement's challenge r and the private inputs (input tensor, weights, salts), no two witnesses differ, so that
 * output, C and s follow from them; given r and what is hashed, no two witnesses differ either; and constraints between integers hold over the
 * integers. Shown of the key: it has the circuit's sizes, safe points, and its verification key is the directory's.
 *
 * @throws ARTIFACT_MISSING, ARTIFACT_MISMATCH (a file is not the one of the manifest), ARTIFACT_FORMAT, IO, ABORTED
 */
export async function auditCircuit(dir: string, options: AuditCircuitOptions = {}): Promise<AuditReport> {
  const start = performance.now();
  const { signal, onProgress } = options;
  const manifest = await readManifest(dir);
  const keys = [ArtifactName.provingKey, ArtifactName.verificationKey].filter(
    (name) => manifest.files[name] !== undefined,
  );
  const names = [ArtifactName.constraints, ArtifactName.symbols, ...keys];
  onProgress?.({ stage: 'reading circuit' });
  await checkFiles(dir, manifest, names, signal);
  const r1cs = await readR1cs(artifactPath(dir, ArtifactName.constraints));
  const symbols = await readSym(artifactPath(dir, ArtifactName.symbols));
  const findings = auditModel(r1cs, symbols, options);
  const problems = circuitProblems(findings);
  const key = keys.length === 2 ? await auditKey(dir, manifest, r1cs, options, problems) : undefined;
  const { degree } = findings;
  return {
    ok: problems.length === 0,
    problems,
    files: Object.fromEntries(names.map((name) => [name, manifest.files[name]!])),
    circuit: { constraints: r1cs.nConstraints, wires: r1cs.nWires },
    inputs: findings.inputs,
    undetermined: openSignals(findings.undetermined, symbols),
    unbound: { ...openSignals(findings.unbound, symbols), hashed: findings.hashed },
    rules: findings.counts,
    ...(findings.challenge !== undefined &&
      degree !== undefined && { challenge: { signal: findings.challenge, degree, bits: challengeBits(degree) } }),
    ranges: findings.ranges,
    ...(key && { key }),
    milliseconds: Math.round(performance.now() - start),
  };
}

function circuitProblems(findings: ModelFindings): string[] {
  const { undetermined, unbound, impossible, unknownInputs, ranges } = findings;
  const count = (list: readonly unknown[], what: string): string[] =>
    list.length > 0 ? [`${list.length} ${what}`] : [];
  return [
    ...count(undetermined, 'signals are not shown to be determined by the inputs'),
    ...count(unbound, 'signals are not shown to be determined by what is hashed'),
    ...count(impossible, 'constraints hold for no witness'),
    ...count(ranges.wrapping, 'constraints between integers can wrap around p'),
    ...unknownInputs.map((name) => `the private input ${name} belongs to no statement`),
    ...(findings.hashed === 0 ? ['no hash was found'] : []),
  ];
}

/** Bits of p / degree: how hard it is to find a challenge that is a root, for each hash that is tried. */
function challengeBits(degree: number): number {
  return (SNARK_FIELD / BigInt(degree)).toString(2).length - 1;
}

function openSignals(wires: readonly OpenWire[], symbols: SignalWires): OpenSignals {
  if (wires.length === 0) return { count: 0, signals: [] };
  const first = wires.slice(0, MAX_SIGNALS);
  const wanted = new Set(first.map(({ wire }) => wire));
  const names = new Map<number, string>();
  for (const [name, wire] of symbols) if (wanted.has(wire) && !names.has(wire)) names.set(wire, name);
  return {
    count: wires.length,
    signals: first.map(({ wire, rows }) => ({ signal: names.get(wire) ?? `wire ${wire}`, constraints: rows })),
  };
}

async function auditKey(
  dir: string,
  manifest: Manifest,
  r1cs: R1cs,
  { ptau, ...options }: AuditCircuitOptions,
  problems: string[],
): Promise<KeyFindings> {
  const path = artifactPath(dir, ArtifactName.provingKey);
  options.onProgress?.({ stage: 'auditing key' });
  const header = await readZkeyHeader(path);
  if (header.nWires !== r1cs.nWires || header.nPublic !== r1cs.nPubIn || header.domainSize !== 2 ** domainPower(r1cs)) {
    problems.push('the key is for a circuit of another size');
  }
  const file = artifactPath(dir, ArtifactName.verificationKey);
  const verificationKey = parseVerificationKey(await readJsonFile(file), file);
  if (!isDeepStrictEqual(verificationKey, await readVerificationKey(path))) {
    problems.push('verification_key.json is not the verification key of the key');
  }
  await assertKeyPoints(verificationKey).catch((error: unknown) => {
    if (!(error instanceof ZkinferError) || error.code !== 'KEY_UNSAFE') throw error;
    problems.push(error.message);
  });
  const isOne = manifest.setup === undefined || isSinglePartySetup(manifest.setup);
  if (header.development && !isOne) problems.push('the key is a development key, and the manifest says otherwise');
  const singleParty = header.development || isOne;
  if (ptau === undefined) return { singleParty };
  const { valid, reason } = await verifySetup(dir, ptau, options);
  if (!valid) problems.push(`the key does not belong to circuit and ptau: ${reason ?? 'a contribution is wrong'}`);
  return { singleParty, ceremony: { valid, ...(reason !== undefined && { reason }) } };
}
