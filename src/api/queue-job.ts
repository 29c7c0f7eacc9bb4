/** What a job asks to prove, checked: nothing that a queue holds is trusted. */
import type { Hex, TensorSpec } from '../artifacts/types.js';
import { hash32 } from '../artifacts/manifest.js';
import { inferenceIdentity, type BatchSubject } from '../batch/identity.js';
import { ZkinferError } from '../errors.js';
import type { SampleTensor } from '../inputs/types.js';
import { elementCount } from '../ir/types.js';
import { jobId, type Job } from '../queue/jobs.js';
import type { QueueModel } from '../queue/models.js';

export interface JobInput {
  readonly identity: string;
  readonly context: Hex;
  readonly inputs: readonly Pick<SampleTensor, 'name' | 'integers'>[];
  readonly keepOpening: boolean;
}

/**
 * @param specs input tensors of the model
 * @throws INPUT_FORMAT, INPUT_SHAPE where the job holds something else than an input of its model and of its identity
 */
export function readJob(job: Job, model: QueueModel, specs: readonly TensorSpec[]): JobInput {
  const { identity, context, input, keepOpening } = readFields(job.data);
  const bytes = Buffer.from(input, 'base64');
  const sizes = specs.map(({ shape }) => elementCount(shape));
  const count = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes.length !== count) {
    throw new ZkinferError('INPUT_SHAPE', `the job holds ${bytes.length} elements, the model takes ${count}`);
  }
  const elements = specs[0]!.dtype === 'int8' ? Int32Array.from(bytes, toInt8) : Int32Array.from(bytes);
  const subject: BatchSubject = {
    modelId: model.modelId,
    context,
    ...(model.weightsCommitment === undefined ? {} : { weightsCommitment: model.weightsCommitment }),
  };
  if (inferenceIdentity(subject, elements) !== identity || jobId(identity) !== job.id) {
    throw new ZkinferError('INPUT_FORMAT', 'the job holds another input than its identity says');
  }
  let from = 0;
  const inputs = specs.map(({ name }, i) => ({ name, integers: elements.slice(from, (from += sizes[i]!)) }));
  return { identity, context, inputs, keepOpening };
}

function readFields(data: unknown): { identity: string; context: Hex; input: string; keepOpening: boolean } {
  if (typeof data !== 'object' || data === null) throw damaged();
  const { identity, context, input, keepOpening } = data as Record<string, unknown>;
  if (typeof identity !== 'string' || typeof input !== 'string') throw damaged();
  return { identity, context: hash32.parse(context, 'context'), input, keepOpening: keepOpening === true };
}

function damaged(): ZkinferError {
  return new ZkinferError('INPUT_FORMAT', 'the job is damaged');
}

function toInt8(byte: number): number {
  return (byte << 24) >> 24;
}
