/** Routes about inferences: ask for one, look at it, wait for it, fetch its proof. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Hex } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { bindRecord } from '../inputs/bind.js';
import { jsonRecord } from '../inputs/json.js';
import type { SampleTensor } from '../inputs/types.js';
import { jobDocument, jobParams, modelParams, submissionSchema } from './documents.js';
import { hasEnded, type Job } from './jobs.js';
import type { ServedModel, ServerOptions } from './types.js';

interface Submission {
  Params: { modelId: string };
  Body: { input: unknown; integers: boolean; context?: Hex };
}

interface JobRoute {
  Params: { id: string };
}

/** Between two signs of life of an event stream, in milliseconds: proxies end streams that are silent. */
const HEARTBEAT = 15_000;
/** Event streams at a time. */
const MOST_STREAMS = 1_000;

const UNKNOWN = {
  code: 'USAGE',
  message: 'there is no such inference, or it is of another key, or it is no longer kept',
};
const jobResponse = { 200: { $ref: 'Inference#' }, 404: { $ref: 'Error#' } } as const;

export function addInferenceRoutes(app: FastifyInstance, { models, jobs }: ServerOptions): void {
  const byId = new Map(models.map((model) => [model.manifest.modelId as string, model]));
  let streams = 0;

  app.post<Submission>(
    '/v1/models/:modelId/inferences',
    {
      schema: {
        summary: 'Ask for an inference and its proof',
        params: modelParams,
        body: submissionSchema,
        response: { 202: { $ref: 'Inference#' }, '4xx': { $ref: 'Error#' } },
      },
    },
    async ({ params, body, owner }, reply) => {
      const model = byId.get(params.modelId);
      if (model === undefined) {
        return reply
          .status(404)
          .send({ code: 'USAGE', message: 'the server has no such model', hint: 'see /v1/models' });
      }
      const tensors = readSubmission(model, body);
      const { modelId } = model.manifest;
      const job = jobs.add({
        modelId,
        tensors,
        owner,
        ...(body.context === undefined ? {} : { context: body.context }),
      });
      return reply.status(202).header('location', `/v1/inferences/${job.id}`).send(jobDocument(job));
    },
  );
  app.get(
    '/v1/inferences',
    {
      schema: {
        summary: 'The latest inferences of this key',
        response: {
          200: { type: 'object', properties: { inferences: { type: 'array', items: { $ref: 'Inference#' } } } },
        },
      },
    },
    async ({ owner }) => ({ inferences: jobs.recent(owner, 20).map(jobDocument) }),
  );
  app.get<JobRoute>(
    '/v1/inferences/:id',
    { schema: { summary: 'An inference', params: jobParams, response: jobResponse } },
    async ({ params, owner }, reply) => answer(reply, jobs.get(params.id, owner)),
  );
  app.delete<JobRoute>(
    '/v1/inferences/:id',
    { schema: { summary: 'Cancel an inference that waits', params: jobParams, response: jobResponse } },
    async ({ params, owner }, reply) => answer(reply, jobs.cancel(params.id, owner)),
  );
  app.get<JobRoute>(
    '/v1/inferences/:id/proof.json',
    { schema: { summary: 'Its proof, as `zkinfer verify` takes it', params: jobParams } },
    async ({ params, owner }, reply) => {
      const job = jobs.get(params.id, owner);
      return job?.document ?? reply.status(404).send(job === undefined ? UNKNOWN : noProof(job));
    },
  );
  app.get<JobRoute>(
    '/v1/inferences/:id/opening.json',
    { schema: { summary: 'What opens the committed parts of its proof; private', params: jobParams } },
    async ({ params, owner }, reply) => {
      const job = jobs.get(params.id, owner);
      void reply.header('cache-control', 'no-store');
      return job?.opening ?? reply.status(404).send(job === undefined ? UNKNOWN : noProof(job));
    },
  );
  app.get<JobRoute>(
    '/v1/inferences/:id/events',
    { schema: { summary: 'Its changes, as server-sent events, until it has ended', params: jobParams } },
    async ({ params, owner }, reply) => {
      const { id } = params;
      if (jobs.get(id, owner) === undefined) return reply.status(404).send(UNKNOWN);
      if (streams >= MOST_STREAMS) throw new ZkinferError('ABORTED', 'too many event streams');
      streams += 1;
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      const heartbeat = setInterval(() => raw.write(':\n\n'), HEARTBEAT);
      const tell = (): void => {
        const job = jobs.get(id, owner);
        if (job !== undefined) raw.write(`event: inference\ndata: ${JSON.stringify(jobDocument(job))}\n\n`);
        if (job === undefined || hasEnded(job)) raw.end();
      };
      const stop = jobs.watch(id, tell);
      raw.once('close', () => {
        clearInterval(heartbeat);
        stop();
        streams -= 1;
      });
      tell();
      return reply;
    },
  );
}

/** @throws INPUT_SHAPE, INPUT_VALUE */
function readSubmission({ inputs }: ServedModel, { input, integers }: Submission['Body']): readonly SampleTensor[] {
  const { count, tensors } = bindRecord(jsonRecord(input, 'the input'), inputs, { integers });
  if (count !== 1) {
    throw new ZkinferError('INPUT_SHAPE', `the input holds ${count} samples`, {
      hint: 'ask for one inference at a time',
    });
  }
  return tensors(0);
}

function noProof({ status }: Job): object {
  return {
    code: 'USAGE',
    message: status === 'proved' ? 'the proof has none' : `there is no proof: the inference is ${status}`,
  };
}

function answer(reply: FastifyReply, job: Job | undefined): object {
  return job === undefined ? reply.status(404).send(UNKNOWN) : jobDocument(job);
}
