/** The HTTP server before real clients and hostile ones; its proofs are made by a stand-in. */
import type { FastifyInstance } from 'fastify';
import { ZkinferError } from '../../src/errors.js';
import type { JobRequest } from '../../src/serve/jobs.js';
import { ApiKeys } from '../../src/serve/keys.js';
import { type Answer, ask } from '../support/http.js';
import {
  DOCUMENT,
  gate,
  INPUT,
  listeningServer,
  SERVED as ID,
  type Setup,
  SUBMIT,
} from '../support/stand-in-server.js';

const [ADA, BOB] = ['a'.repeat(24), 'b'.repeat(24)];

let app: FastifyInstance | undefined;
afterEach(async () => app?.close());

const server = async (setup?: Setup): Promise<FastifyInstance> => (app = await listeningServer(setup));

const get = (one: FastifyInstance, url: string, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(one.server, { url, headers });

const submit = (one: FastifyInstance, payload: object | string, headers: Record<string, string> = {}) =>
  ask(one.server, {
    method: 'POST',
    url: SUBMIT,
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  });

async function ended(one: FastifyInstance, url: string): Promise<Record<string, unknown>> {
  for (;;) {
    const job = (await get(one, url)).json<Record<string, unknown>>();
    if (job.status !== 'queued' && job.status !== 'proving') return job;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('an inference', () => {
  it('is accepted, proved, and its proof fetched', async () => {
    const requests: JobRequest[] = [];
    const one = await server({
      prove: async (request) => {
        requests.push(request);
        return { document: DOCUMENT, milliseconds: 3.4 };
      },
    });
    const context = `0x${'01'.repeat(32)}`;
    const accepted = await submit(one, { input: [[0.5, 1, 1.5, 2]], context });
    expect([accepted.statusCode, accepted.headers.location]).toEqual([
      202,
      expect.stringMatching(/^\/v1\/inferences\//),
    ]);
    const job = await ended(one, accepted.headers.location as string);
    expect(job).toMatchObject({ status: 'proved', milliseconds: 3, output: [1, 2, 3, 4] });
    expect((await get(one, job.proof as string)).json()).toEqual(DOCUMENT);
    expect(requests).toMatchObject([{ context, owner: '', tensors: [{ name: 'x' }] }]);
    expect([...requests[0]!.tensors[0]!.integers]).toEqual([1, 2, 3, 4]);
  });

  it('takes integers and tensors by name', async () => {
    const one = await server();
    for (const body of [{ input: [1, 2, 3, 255], integers: true }, { input: { x: [0, 0, 0, 0] } }]) {
      expect((await submit(one, body)).statusCode).toBe(202);
    }
  });

  it('whose proof fails says why, and no more than it may', async () => {
    let error: Error = new ZkinferError('INPUT_VALUE', 'too large');
    const one = await server({ prove: () => Promise.reject(error) });
    const first = await submit(one, { input: [0, 0, 0, 0] });
    expect(await ended(one, first.headers.location as string)).toMatchObject({
      status: 'failed',
      error: { code: 'INPUT_VALUE', message: 'too large' },
    });
    error = new ZkinferError('INTERNAL', 'the path /secret is broken');
    const second = await submit(one, { input: [0, 0, 0, 0] });
    expect(await ended(one, second.headers.location as string)).toMatchObject({
      error: { code: 'INTERNAL', message: 'a fault of the server' },
    });
    const proof = await get(one, `${second.headers.location as string}/proof.json`);
    expect([proof.statusCode, proof.json()]).toEqual([
      404,
      expect.objectContaining({ message: expect.stringMatching(/failed/) }),
    ]);
  });

  it('is followed by its event stream until it has ended', async () => {
    const { open, prove } = gate();
    const one = await server({ prove });
    const job = (await submit(one, { input: [0, 0, 0, 0] })).json<{ id: string }>();
    const stream = get(one, `/v1/inferences/${job.id}/events`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    open();
    const { headers, body } = await stream;
    expect(headers['content-type']).toBe('text/event-stream');
    const statuses = [...body.matchAll(/^data: (.*)$/gm)].map(
      ([, data]) => (JSON.parse(data!) as { status: string }).status,
    );
    expect(statuses).toEqual(['proving', 'proved']);
  });

  it('that waits can be cancelled', async () => {
    const { open, prove } = gate();
    const one = await server({ prove });
    await submit(one, { input: [0, 0, 0, 0] });
    const waiting = (await submit(one, { input: [0, 0, 0, 0] })).json<{ id: string; ahead: number }>();
    expect(waiting).toMatchObject({ status: 'queued', ahead: 0 });
    const cancelled = await ask(one.server, { method: 'DELETE', url: `/v1/inferences/${waiting.id}` });
    expect(cancelled.json()).toMatchObject({ status: 'cancelled' });
    open();
    expect((await get(one, '/v1/queue')).json()).toMatchObject({ cancelled: 1, queued: 0 });
  });
});

describe('a request that is wrong gets an answer that says so', () => {
  const four = [0, 0, 0, 0];
  it.each<[string, object | string, number, RegExp]>([
    ['no JSON', '{"input": [1', 400, /not valid JSON/],
    ['an empty body', '', 400, /cannot be empty/i],
    ['no input', {}, 400, /input/],
    ['a field that is not known', { input: four, colour: 1 }, 400, /additional properties/],
    ['a prototype', '{"input": [0,0,0,0], "__proto__": {"integers": true}}', 400, /./],
    ['input of another type', { input: 'AAAA' }, 400, /input/],
    ['integers of another type', { input: four, integers: 'yes' }, 400, /integers/],
    ['a short context', { input: four, context: '0x12' }, 400, /context/],
    ['another shape', { input: [1, 2, 3] }, 422, /shape \[3\]/],
    ['two samples', { input: [four, four] }, 422, /2 samples/],
    ['a ragged tensor', { input: [[1, 2], [3]] }, 422, /ragged/],
    ['text for a number', { input: [1, 2, 3, 'x'] }, 422, /not a number/],
    ['null for a number', { input: [1, 2, 3, null] }, 422, /finite|number/],
    ['an integer out of range', { input: [1, 2, 3, 256], integers: true }, 422, /256|range/],
    ['another name', { input: { z: four } }, 422, /no input named z/],
    ['a body that is too large', { input: new Array(900).fill(0) }, 413, /too large/i],
  ])('%s', async (_, body, status, message) => {
    const one = await server();
    const answer = await submit(one, body);
    expect([answer.statusCode, answer.json()]).toEqual([
      status,
      expect.objectContaining({ code: expect.any(String), message: expect.stringMatching(message) }),
    ]);
    expect((await submit(one, { input: four })).statusCode).toBe(202);
  });

  it('deep nesting neither crashes nor hangs', async () => {
    const one = await server({ options: { bodyLimit: 300_000 } });
    const answer = await submit(one, `{"input": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    expect([answer.statusCode, answer.json()]).toEqual([
      422,
      expect.objectContaining({ message: expect.stringMatching(/nested deeper/) }),
    ]);
    expect((await submit(one, { input: four })).statusCode).toBe(202);
  });

  it.each<[string, 'GET' | 'POST' | 'PUT', string, number]>([
    ['another model', 'POST', `/v1/models/0x${'cd'.repeat(32)}/inferences`, 404],
    ['a model that is no id', 'GET', '/v1/models/..%2f..%2fetc%2fpasswd', 400],
    ['a path with dots', 'GET', '/../../etc/passwd', 404],
    ['an encoded path', 'GET', '/%2e%2e/%2e%2e/etc/passwd', 404],
    ['a path that cannot be decoded', 'GET', '/v1/models/%E0%A4%A', 400],
    ['a NUL', 'GET', '/v1/inferences/%00', 400],
    ['a very long path', 'GET', `/v1/inferences/${'a'.repeat(5_000)}`, 414],
    ['an inference that is not there', 'GET', '/v1/inferences/00000000-0000-4000-8000-000000000000', 404],
    ['another method', 'PUT', '/v1/models', 404],
  ])('%s', async (_, method, url, status) => {
    const one = await server();
    const answer = await ask(one.server, { method, url, ...(method === 'POST' ? { payload: { input: four } } : {}) });
    expect([answer.statusCode, answer.json()]).toEqual([
      status,
      expect.objectContaining({ message: expect.any(String) }),
    ]);
    expect(answer.body).not.toMatch(/root:|node_modules|\.js:\d/);
  });

  it('another content type', async () => {
    const one = await server();
    const answer = await submit(one, 'input=1', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(answer.statusCode).toBe(415);
  });

  it('a full line: 429 and when to try again', async () => {
    const { open, prove } = gate();
    const one = await server({ prove, waiting: 1 });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push(await submit(one, { input: four }));
    expect(statuses.map(({ statusCode }) => statusCode)).toEqual([202, 202, 429]);
    expect(statuses[2]!.headers['retry-after']).toMatch(/^\d+$/);
    open();
  });
});

describe('without keys', () => {
  it.each(['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1'])(
    'a page of the host %j, made to lead here, is refused',
    async (host) => {
      const one = await server();
      for (const url of ['/', '/v1/models', '/v1/inferences', '/healthz', '/metrics']) {
        expect((await get(one, url, { host })).statusCode).toBe(421);
      }
      expect((await submit(one, { input: [0, 0, 0, 0] }, { host })).statusCode).toBe(421);
    },
  );

  it.each(['localhost', 'localhost:8080', '127.0.0.1', '127.0.0.1:18080', '[::1]', '[::1]:80'])(
    '%s is served',
    async (host) => {
      expect((await get(await server(), '/v1/models', { host })).statusCode).toBe(200);
    },
  );

  it('with keys any name will do: the key tells who asks', async () => {
    const keys = ApiKeys.parse(`ada ${ADA}`, 'keys');
    const headers = { host: 'prover.example', authorization: `Bearer ${ADA}` };
    expect((await get(await server({ options: { keys } }), '/v1/models', headers)).statusCode).toBe(200);
  });

  it('other origins get no leave to read or to post', async () => {
    const one = await server();
    const origin = 'https://evil.example';
    const preflight = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    const asked = await ask(one.server, { method: 'OPTIONS', url: SUBMIT, headers: preflight });
    const read = await get(one, '/v1/inferences', { origin });
    for (const { headers } of [asked, read]) expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(asked.statusCode).toBe(404);
    // What needs no leave: a form or plain text, which are refused as what they are.
    expect((await submit(one, '{"input":[0,0,0,0]}', { origin, 'content-type': 'text/plain' })).statusCode).toBe(415);
  });
});

describe('API keys', () => {
  const keys = ApiKeys.parse(`ada ${ADA}\nbob ${BOB}`, 'keys');
  const as = (key: string) => ({ authorization: `Bearer ${key}` });

  it.each(['', 'Bearer', 'Bearer ', `Basic ${ADA}`, `Bearer ${ADA} ${ADA}`, 'Bearer wrong', `Bearer ${ADA}x`])(
    'refuses %j',
    async (authorization) => {
      const one = await server({ options: { keys } });
      for (const url of ['/v1/models', '/v1/inferences', '/v1/queue', '/metrics']) {
        const answer = await get(one, url, { authorization });
        expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
      }
      expect((await submit(one, { input: [0, 0, 0, 0] }, { authorization })).statusCode).toBe(401);
      expect((await get(one, '/nowhere', { authorization })).statusCode).toBe(401);
    },
  );

  it('the page, the description and the health are for everybody', async () => {
    const one = await server({ options: { keys } });
    for (const url of ['/', '/healthz', '/openapi.json']) expect((await get(one, url)).statusCode).toBe(200);
  });

  it('each key sees its own inferences only', async () => {
    const one = await server({ options: { keys } });
    const { location } = (await submit(one, { input: [0, 0, 0, 0] }, as(ADA))).headers;
    for (const path of ['', '/proof.json', '/events']) {
      expect((await get(one, `${location as string}${path}`, as(BOB))).statusCode).toBe(404);
    }
    expect((await ask(one.server, { method: 'DELETE', url: location as string, headers: as(BOB) })).statusCode).toBe(
      404,
    );
    const list = async (key: string) =>
      (await get(one, '/v1/inferences', as(key))).json<{ inferences: unknown[] }>().inferences;
    expect([await list(ADA), await list(BOB)]).toEqual([[expect.objectContaining({ modelId: ID })], []]);
  });
});

describe('what it tells', () => {
  it('models, their keys, and the page with its policy', async () => {
    const one = await server();
    expect((await get(one, '/v1/models')).json()).toMatchObject({
      models: [{ modelId: ID, name: 'iris', constraints: 7, developmentKey: true, inputs: [INPUT] }],
    });
    expect((await get(one, `/v1/models/${ID}/verification_key.json`)).json()).toEqual({ IC: [] });
    const page = await get(one, '/');
    expect([page.body, page.headers['content-security-policy']]).toEqual([
      '<p>page',
      expect.stringMatching(/default-src 'none'/),
    ]);
  });

  it('an OpenAPI document of every route', async () => {
    const one = await server();
    const { openapi, paths } = (await get(one, '/openapi.json')).json<{
      openapi: string;
      paths: Record<string, object>;
    }>();
    expect(openapi).toBe('3.1.0');
    expect(Object.entries(paths).map(([path, methods]) => `${Object.keys(methods).join(' ')} ${path}`)).toEqual([
      'get /healthz',
      'get /metrics',
      'get /v1/models',
      'get /v1/models/{modelId}',
      'get /v1/models/{modelId}/verification_key.json',
      'get /v1/models/{modelId}/manifest.json',
      'get /v1/queue',
      'post /v1/models/{modelId}/inferences',
      'get /v1/inferences',
      'get delete /v1/inferences/{id}',
      'get /v1/inferences/{id}/proof.json',
      'get /v1/inferences/{id}/opening.json',
      'get /v1/inferences/{id}/events',
    ]);
  });

  it('metrics', async () => {
    const one = await server();
    const { headers } = await submit(one, { input: [0, 0, 0, 0] });
    await ended(one, headers.location as string);
    const { body } = await get(one, '/metrics');
    expect(body).toContain(`zkinfer_jobs_ended_total{model="${ID}",status="proved"} 1`);
    expect(body).toContain(`zkinfer_proof_seconds_count{model="${ID}"} 1`);
    expect(body).toMatch(/zkinfer_http_requests_total\{route="\/v1\/models\/:modelId\/inferences",status="202"\} 1/);
  });
});
