/** A server whose proofs are made by a stand-in. */
import type { FastifyInstance } from 'fastify';
import type { Hex, Manifest, ProofDocument, TensorSpec, VerificationKey } from '../../src/artifacts/types.js';
import { JobBook, type JobProof, type JobRequest } from '../../src/serve/jobs.js';
import { buildServer } from '../../src/serve/server.js';
import type { ServerOptions } from '../../src/serve/types.js';

export const SERVED: Hex = `0x${'ab'.repeat(32)}`;
export const INPUT: TensorSpec = { name: 'x', dtype: 'uint8', shape: [1, 4], scale: 0.5, zeroPoint: 0, edge: 'float' };
const MANIFEST = {
  modelId: SERVED,
  statement: { input: 'public', output: 'public', inputs: [INPUT], outputs: [{ ...INPUT, name: 'y' }] },
  circuit: { constraints: 7 },
  setup: { kind: 'development' },
} as unknown as Manifest;
export const DOCUMENT = { format: 'zkinfer-proof', output: [1, 2, 3, 4] } as unknown as ProofDocument;
export const SUBMIT = `/v1/models/${SERVED}/inferences`;

export interface Setup {
  readonly prove?: (request: JobRequest) => Promise<JobProof>;
  readonly waiting?: number;
  readonly options?: Partial<ServerOptions>;
}

export async function listeningServer({ prove, waiting = 10, options = {} }: Setup = {}): Promise<FastifyInstance> {
  const runner = { workers: 1, prove: prove ?? (async () => ({ document: DOCUMENT, milliseconds: 3.4 })) };
  const app = await buildServer({
    models: [
      { name: 'iris', manifest: MANIFEST, inputs: [INPUT], verificationKey: { IC: [] } as unknown as VerificationKey },
    ],
    jobs: new JobBook(new Map([[SERVED, runner]]), { waiting, kept: 100, keptFor: 60_000 }),
    page: new Map([['/', { type: 'text/html', body: Buffer.from('<p>page') }]]),
    bodyLimit: 1_000,
    requestTimeout: 1_000,
    connections: 50,
    version: '0',
    ...options,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return app;
}

/** A proof that is made when the test says so. */
export function gate() {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, prove: () => opened.then(() => ({ document: DOCUMENT, milliseconds: 1 })) };
}
