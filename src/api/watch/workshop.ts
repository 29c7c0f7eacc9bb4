/** Proofs for requests: the models that are served, with their keys in memory. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonFile } from '../../artifacts/manifest.js';
import { parseOpening, type PartOpening } from '../../artifacts/proof-document.js';
import type { Hex, Manifest } from '../../artifacts/types.js';
import type { PostedRequest } from '../../chain/market-events.js';
import type { RegisteredModel } from '../../chain/registry.js';
import { ZkinferError } from '../../errors.js';
import { proofCalldata, type ProofCalldata } from '../../solidity/calldata.js';
import { isModelOf } from '../compile-verifier.js';
import { inputCommitment, requestTensors, tensorsOf } from '../market-inference.js';
import { loadProver, proveInference, type Prover } from '../prove.js';
import type { NoInputReason, ServedModel, WatchOptions } from './types.js';

/** A model in memory, and where it came from. */
export interface LoadedServedModel extends ServedModel {
  readonly prover: Prover;
  /** Present where the weights are committed. */
  readonly weightsCommitment?: Hex;
}

export class Workshop {
  /** Milliseconds that the longest proof took. */
  longest = 0;
  private readonly proofs = new Map<Hex, ProofCalldata>();

  private constructor(
    readonly models: readonly LoadedServedModel[],
    private readonly openings: string | undefined,
  ) {}

  /** Loads all keys. @throws as loadProver; USAGE when two directories hold the same model, or outputs are committed */
  static async open(options: WatchOptions): Promise<Workshop> {
    const models: LoadedServedModel[] = [];
    for (const model of options.models) {
      const { backend, threads } = options;
      const prover = await loadProver(model.dir, {
        ...(backend === undefined ? {} : { backend }),
        ...(threads === undefined ? {} : { threads }),
        ...(model.weights === undefined ? {} : { weights: model.weights }),
      });
      const { manifest } = prover;
      if (manifest.statement.output === 'committed') {
        throw new ZkinferError('USAGE', `${model.dir} commits to its outputs, which no consumer could read`, {
          hint: 'compile the model with --output public',
        });
      }
      const weights = 'commitment' in prover.model ? { weightsCommitment: prover.model.commitment } : {};
      const loaded = { ...model, prover, ...weights };
      if (models.some((other) => isSame(other, loaded))) {
        throw new ZkinferError('USAGE', `${model.dir} holds a model that another directory holds too`);
      }
      models.push(loaded);
    }
    return new Workshop(models, options.openings);
  }

  /** The model behind a token, by what the token says: whether its verifier can be trusted is another question. */
  modelOf(registered: RegisteredModel): LoadedServedModel | undefined {
    return this.models.find(({ prover, ...model }) => isModelOf(registered, { ...prover.manifest, ...model }));
  }

  /** Why a request cannot be proven; nothing where it can. */
  async obstacle({ manifest }: Prover, request: PostedRequest): Promise<NoInputReason | undefined> {
    if (manifest.statement.input === 'committed') {
      return (await this.findOpening(manifest, request.input)) === undefined ? 'no opening of its input' : undefined;
    }
    try {
      requestTensors(manifest, request.input);
      return undefined;
    } catch {
      return 'input of another form';
    }
  }

  hasProof(requestId: Hex): boolean {
    return this.proofs.has(requestId);
  }

  forget(requestId: Hex): void {
    this.proofs.delete(requestId);
  }

  /**
   * A proof for a request, which is kept: it is right after every reorganization, since the request's id names its terms.
   * @throws as proveInference
   */
  async prove({ prover }: LoadedServedModel, request: PostedRequest, context: Hex): Promise<ProofCalldata> {
    const made = this.proofs.get(request.id);
    if (made !== undefined) return made;
    const started = performance.now();
    const { manifest } = prover;
    const opening =
      manifest.statement.input === 'committed' ? await this.findOpening(manifest, request.input) : undefined;
    const tensors =
      opening === undefined ? requestTensors(manifest, request.input) : tensorsOf(manifest, opening.elements);
    const { document } = await proveInference(prover, tensors, {
      context,
      ...(opening === undefined ? {} : { inputSalt: BigInt(opening.salt) }),
    });
    const proof = proofCalldata(document, manifest);
    this.proofs.set(request.id, proof);
    this.longest = Math.max(this.longest, performance.now() - started);
    return proof;
  }

  release(): void {
    for (const { prover } of this.models) prover.release();
  }

  /** Reads the folder anew each time: consumers may hand openings over at any time. */
  private async findOpening(manifest: Manifest, commitment: Hex): Promise<PartOpening | undefined> {
    if (this.openings === undefined) return undefined;
    const files = (await readdir(this.openings).catch(() => [])).filter((file) => file.endsWith('.json'));
    for (const file of files) {
      const opening = await readOpening(join(this.openings, file));
      if (opening?.modelId !== manifest.modelId || opening.input === undefined) continue;
      const own = await inputCommitment(manifest, opening.input).catch(() => undefined);
      if (own === commitment) return opening.input;
    }
    return undefined;
  }
}

function isSame(a: LoadedServedModel, b: LoadedServedModel): boolean {
  return a.prover.manifest.modelId === b.prover.manifest.modelId && a.weightsCommitment === b.weightsCommitment;
}

/** Nothing for a file of another kind: it is somebody else's. */
async function readOpening(path: string): Promise<ReturnType<typeof parseOpening> | undefined> {
  try {
    return parseOpening(await readJsonFile(path), path);
  } catch {
    return undefined;
  }
}
