/** The HTTP server before slow clients, broken ones, and many at once. */
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { JobProof } from '../../src/serve/jobs.js';
import { DOCUMENT, gate, listeningServer, type Setup, SUBMIT } from '../support/stand-in-server.js';

let app: FastifyInstance | undefined;
afterEach(async () => app?.close());

async function listening(setup: Setup = {}): Promise<{ port: number; url: string }> {
  const one = (app = await listeningServer(setup));
  const { port } = one.server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}` };
}
const talk = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
const post = (url: string) =>
  fetch(`${url}${SUBMIT}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input: [0, 0, 0, 0] }),
  });

it('clients that never finish their request are let go, others are served meanwhile', async () => {
  const { port, url } = await listening();
  const slow = [
    talk(
      port,
      `POST ${SUBMIT} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 30\r\n\r\n{"inp`,
    ),
    talk(port, 'GET /v1/models HTTP/1.1\r\nhost: localhost\r\nx-never'),
  ];
  expect((await post(url)).status).toBe(202);
  for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});

it('headers that are too large, and what is no HTTP, are refused', async () => {
  const { port, url } = await listening();
  expect(await talk(port, `GET / HTTP/1.1\r\nhost: localhost\r\nx-long: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 431 /,
  );
  expect(await talk(port, 'not http at all\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  expect((await post(url)).status).toBe(202);
});

it('many at once: every one is answered, and none is lost or proved twice', async () => {
  let proved = 0;
  const prove = async (): Promise<JobProof> => {
    proved += 1;
    await new Promise((resolve) => setTimeout(resolve, 1));
    return { document: DOCUMENT, milliseconds: 1 };
  };
  const { url } = await listening({ prove, waiting: 40 });
  let [taken, full] = [0, 0];
  const client = async (): Promise<void> => {
    for (let i = 0; i < 25; i++) {
      const { status } = await post(url);
      if (status === 202) taken += 1;
      else if (status === 429) full += 1;
      else throw new Error(`answered with ${status}`);
    }
  };
  await Promise.all(Array.from({ length: 20 }, client));
  expect(taken + full).toBe(500);
  expect(taken).toBeGreaterThan(40);
  for (;;) {
    const counts = (await (await fetch(`${url}/v1/queue`)).json()) as {
      proved: number;
      queued: number;
      proving: number;
    };
    if (counts.queued + counts.proving === 0) {
      expect([counts.proved, proved]).toEqual([taken, taken]);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
});

it('a client that leaves its event stream is forgotten', async () => {
  const { open, prove } = gate();
  const { url } = await listening({ prove });
  const { id } = (await (await post(url)).json()) as { id: string };
  const controller = new AbortController();
  const { body } = await fetch(`${url}/v1/inferences/${id}/events`, { signal: controller.signal });
  await body!.getReader().read();
  controller.abort();
  open();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await fetch(`${url}/v1/inferences/${id}`)).status).toBe(200);
});
