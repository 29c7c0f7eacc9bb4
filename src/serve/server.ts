/** An HTTP prover: inferences in, proofs out. */
import swagger from '@fastify/swagger';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { ZkinferError, type ErrorCode } from '../errors.js';
import { errorDocument, errorSchema, jobSchema, modelSchema } from './documents.js';
import { QueueFull } from './jobs.js';
import { serverMetrics } from './metrics.js';
import { addInferenceRoutes } from './inference-routes.js';
import { addModelRoutes } from './model-routes.js';
import type { ServerOptions } from './types.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Name of the API key; empty where the server takes none. */
    owner: string;
  }
}

/** What anybody may ask, key or not: nothing in it is of a client. */
const OPEN_ROUTES: ReadonlySet<string> = new Set(['/healthz', '/openapi.json']);

const STATUSES: Partial<Record<ErrorCode, number>> = {
  USAGE: 400,
  INPUT_FORMAT: 400,
  INPUT_SHAPE: 422,
  INPUT_VALUE: 422,
  ABORTED: 503,
};

/** Seconds after which a client should try again when the line is full. */
const RETRY_AFTER = 5;

/** A server that is not listening yet. */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { bodyLimit, requestTimeout, connections, page, jobs, version } = options;
  const app = Fastify({
    bodyLimit,
    requestTimeout,
    keepAliveTimeout: 10_000,
    // Bodies are taken as they are: nothing is made to fit.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    http: { maxHeaderSize: 8_192, headersTimeout: requestTimeout, connectionsCheckingInterval: 1_000 },
    routerOptions: { maxParamLength: 80 },
    // Open event streams are ended when the server closes.
    forceCloseConnections: true,
  });
  // Browsers send it to other origins without asking.
  app.removeContentTypeParser('text/plain');
  app.server.maxConnections = connections;
  app.decorateRequest('owner', '');
  for (const schema of [errorSchema, modelSchema, jobSchema]) app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'zkinfer prover', version, description: 'Proofs of what quantized ONNX models compute.' },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      ...(options.keys === undefined ? {} : { security: [{ key: [] }] }),
    },
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, i) => (typeof $id === 'string' ? $id : `schema${i}`),
    },
  });

  const metrics = serverMetrics(jobs);
  if (options.keys === undefined) app.addHook('onRequest', refuseOtherHosts);
  app.addHook('onRequest', async (request, reply) => authenticate(request, reply, options));
  app.addHook('onSend', async (_request, reply) => {
    void reply.headers({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });
  app.addHook('onResponse', async (request, reply) =>
    metrics.countRequest(request.routeOptions.url ?? 'none', reply.statusCode),
  );
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(async (_request, reply) => {
    await reply
      .status(404)
      .send({ code: 'USAGE', message: 'there is nothing at this path', hint: 'see /openapi.json' });
  });

  for (const [path, { type, body }] of page) {
    app.get(path, { schema: { hide: true } }, async (_request, reply) =>
      reply.type(type).header('content-security-policy', PAGE_POLICY).header('cache-control', 'no-cache').send(body),
    );
  }
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  app.get('/healthz', { schema: { summary: 'Whether the server is there' } }, async () => ({ status: 'ok' }));
  app.get('/metrics', { schema: { summary: 'Metrics in the text format of Prometheus' } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
  addModelRoutes(app, options);
  addInferenceRoutes(app, options);
  await app.ready();
  return app;
}

/** Scripts and workers of the page come from the server itself; verification compiles WebAssembly. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * Without keys, only those are served who asked for this machine by its own name: a page of somebody else's, whose name was made to lead to
 * 127.0.0.1, would otherwise be of the same origin as this server (DNS rebinding).
 */
async function refuseOtherHosts(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (OWN_NAMES.has(request.hostname)) return;
  await reply.status(421).send({
    code: 'USAGE',
    message: 'without API keys the server answers to localhost only',
    hint: 'ask for http://127.0.0.1 or http://localhost, or start it with --api-keys',
  });
}

const OWN_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

async function authenticate(
  request: FastifyRequest,
  reply: FastifyReply,
  { keys, page }: ServerOptions,
): Promise<void> {
  if (keys === undefined) return;
  const route = request.routeOptions.url ?? '';
  if (OPEN_ROUTES.has(route) || page.has(route)) return;
  const [scheme = '', key = '', ...more] = (request.headers.authorization ?? '').split(' ');
  const owner = scheme.toLowerCase() === 'bearer' && more.length === 0 ? keys.ownerOf(key) : undefined;
  if (owner === undefined) {
    await reply
      .status(401)
      .header('www-authenticate', 'Bearer')
      .send({ code: 'USAGE', message: 'no valid API key', hint: 'send the header Authorization: Bearer KEY' });
    return;
  }
  request.owner = owner;
}

async function answerError(error: unknown, _request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (error instanceof QueueFull) {
    void reply.header('retry-after', RETRY_AFTER);
    await reply.status(429).send({ code: 'USAGE', message: 'the queue is full', hint: 'try again later' });
    return;
  }
  if (error instanceof ZkinferError) {
    await reply.status(STATUSES[error.code] ?? 500).send(errorDocument(error));
    return;
  }
  const { statusCode = 500, message } = error as Partial<FastifyError>;
  const isOfClient = statusCode >= 400 && statusCode < 500;
  await reply
    .status(isOfClient ? statusCode : 500)
    .send(isOfClient ? { code: 'USAGE', message } : { code: 'INTERNAL', message: 'a fault of the server' });
}
