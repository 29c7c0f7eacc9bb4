/** Documents that the server gives, and their JSON schemas, from which the OpenAPI document is made. */
import { stateError } from '../batch/messages.js';
import type { ZkinferError } from '../errors.js';
import type { Job } from './jobs.js';
import type { ServedModel } from './types.js';

const hex32 = { type: 'string', pattern: '^0x[0-9a-f]{64}$' } as const;
const uuid = { type: 'string', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' } as const;
const tensor = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    dtype: { type: 'string', enum: ['int8', 'uint8'] },
    shape: { type: 'array', items: { type: 'integer' } },
    scale: { type: 'number' },
    zeroPoint: { type: 'integer' },
    edge: { type: 'string', enum: ['float', 'integer'], description: 'whether clients give or get real numbers' },
  },
} as const;
const visibility = { type: 'string', enum: ['public', 'committed'] } as const;

export const errorSchema = {
  $id: 'Error',
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string' },
    message: { type: 'string' },
    hint: { type: 'string' },
    location: { type: 'object', additionalProperties: true },
  },
} as const;

export const modelSchema = {
  $id: 'Model',
  type: 'object',
  properties: {
    modelId: hex32,
    name: { type: 'string' },
    input: visibility,
    output: visibility,
    weights: { type: 'string', enum: ['fixed', 'committed'] },
    inputs: { type: 'array', items: tensor },
    outputs: { type: 'array', items: tensor },
    constraints: { type: 'integer' },
    developmentKey: { type: 'boolean', description: 'whoever made the key can forge proofs' },
    verificationKey: { type: 'string', description: 'path' },
  },
} as const;

export const jobSchema = {
  $id: 'Inference',
  type: 'object',
  properties: {
    id: uuid,
    modelId: hex32,
    status: { type: 'string', enum: ['queued', 'proving', 'proved', 'failed', 'cancelled'] },
    ahead: { type: 'integer', description: 'inferences that come before it, while it is queued' },
    createdAt: { type: 'string', format: 'date-time' },
    startedAt: { type: 'string', format: 'date-time' },
    endedAt: { type: 'string', format: 'date-time' },
    milliseconds: { type: 'number', description: 'from the input to the verified proof' },
    output: {
      type: 'array',
      items: { type: 'integer' },
      description: 'elements of all output tensors, where they are public',
    },
    proof: { type: 'string', description: 'path of proof.json' },
    error: { $ref: 'Error#' },
  },
} as const;

export const submissionSchema = {
  type: 'object',
  required: ['input'],
  additionalProperties: false,
  properties: {
    input: {
      description: 'one tensor, nested or flat, or an object of tensors by name',
      anyOf: [{ type: 'array' }, { type: 'object' }],
    },
    integers: {
      type: 'boolean',
      default: false,
      description: 'numbers are the model’s integers, even where it takes floats',
    },
    context: { ...hex32, description: '32 bytes that bind the proof to its use' },
  },
} as const;

export const modelParams = { type: 'object', required: ['modelId'], properties: { modelId: hex32 } } as const;
export const jobParams = { type: 'object', required: ['id'], properties: { id: uuid } } as const;

/** @see modelSchema */
export function modelDocument({ name, manifest, inputs }: ServedModel): object {
  const { modelId, statement, circuit, setup } = manifest;
  return {
    modelId,
    name,
    input: statement.input,
    output: statement.output,
    weights: statement.weights ?? 'fixed',
    inputs,
    outputs: statement.outputs,
    constraints: circuit.constraints,
    developmentKey: setup?.kind !== 'ptau' || setup.ptauOrigin === 'development',
    verificationKey: `/v1/models/${modelId}/verification_key.json`,
  };
}

/** @see jobSchema */
export function jobDocument(job: Job): object {
  const { id, modelId, status, ahead, createdAt, startedAt, endedAt, milliseconds, document, error } = job;
  const time = (at: number | undefined): string | undefined =>
    at === undefined ? undefined : new Date(at).toISOString();
  return {
    id,
    modelId,
    status,
    ahead,
    createdAt: time(createdAt),
    startedAt: time(startedAt),
    endedAt: time(endedAt),
    milliseconds: milliseconds === undefined ? undefined : Math.round(milliseconds),
    output: document?.output,
    proof: document === undefined ? undefined : `/v1/inferences/${id}/proof.json`,
    error: error === undefined ? undefined : errorDocument(error),
  };
}

/** Faults of the server keep what they were to themselves. */
export function errorDocument(error: ZkinferError): object {
  return error.code === 'INTERNAL' ? { code: 'INTERNAL', message: 'a fault of the server' } : stateError(error);
}
