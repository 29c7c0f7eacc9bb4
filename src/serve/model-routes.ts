/** Routes about the models of a server. */
import type { FastifyInstance } from 'fastify';
import { modelDocument, modelParams } from './documents.js';
import type { ServedModel, ServerOptions } from './types.js';

interface ModelRoute {
  Params: { modelId: string };
}

export function addModelRoutes(app: FastifyInstance, { models, jobs }: ServerOptions): void {
  const find = (modelId: string): ServedModel | undefined =>
    models.find(({ manifest }) => manifest.modelId === modelId);
  const unknown = { code: 'USAGE', message: 'the server has no such model', hint: 'see /v1/models' };

  app.get(
    '/v1/models',
    {
      schema: {
        summary: 'Models, with the shapes that they take',
        response: { 200: { type: 'object', properties: { models: { type: 'array', items: { $ref: 'Model#' } } } } },
      },
    },
    async () => ({ models: models.map(modelDocument) }),
  );
  app.get<ModelRoute>(
    '/v1/models/:modelId',
    {
      schema: {
        summary: 'One model',
        params: modelParams,
        response: { 200: { $ref: 'Model#' }, 404: { $ref: 'Error#' } },
      },
    },
    async ({ params }, reply) => {
      const model = find(params.modelId);
      return model === undefined ? reply.status(404).send(unknown) : modelDocument(model);
    },
  );
  app.get<ModelRoute>(
    '/v1/models/:modelId/verification_key.json',
    { schema: { summary: 'Its verification key, in the form of snarkjs', params: modelParams } },
    async ({ params }, reply) => find(params.modelId)?.verificationKey ?? reply.status(404).send(unknown),
  );
  app.get<ModelRoute>(
    '/v1/models/:modelId/manifest.json',
    { schema: { summary: 'Its manifest: shapes, layout of the statement, sizes', params: modelParams } },
    async ({ params }, reply) => find(params.modelId)?.manifest ?? reply.status(404).send(unknown),
  );
  app.get(
    '/v1/queue',
    {
      schema: {
        summary: 'How many inferences wait, are being proved, and have ended',
        response: {
          200: {
            type: 'object',
            properties: Object.fromEntries(
              ['queued', 'proving', 'proved', 'failed', 'cancelled'].map((name) => [name, { type: 'integer' }]),
            ),
          },
        },
      },
    },
    async () => jobs.counts,
  );
}
