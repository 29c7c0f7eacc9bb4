/** Prometheus metrics of provers: what servers and workers count, and where it is read. */
import { createServer } from 'node:http';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { ZkinferError } from '../errors.js';
import type { Job, JobBook } from './jobs.js';

/** Seconds that proofs take, from tiny networks on fast machines to large ones without native code. */
const PROOF_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** The text format, and how it is called. */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

export interface ServerMetrics extends Metrics {
  countRequest(route: string, status: number): void;
}

export interface WorkerMetrics extends Metrics {
  /** @param milliseconds from the input to the verified proof, where there is one */
  countJob(modelId: string, status: 'proved' | 'late' | 'failed', milliseconds?: number): void;
  databaseIs(there: boolean): void;
}

/** What all provers count. */
function proverMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const ended = new Counter({
    name: 'zkinfer_jobs_ended_total',
    help: 'Inferences that have ended',
    labelNames: ['model', 'status'] as const,
    registers,
  });
  const seconds = new Histogram({
    name: 'zkinfer_proof_seconds',
    help: 'Time from an input to its verified proof',
    labelNames: ['model'] as const,
    buckets: PROOF_SECONDS,
    registers,
  });
  return {
    registers,
    metrics: { contentType: registry.contentType, text: () => registry.metrics() },
    countJob: (model: string, status: string, milliseconds?: number): void => {
      ended.inc({ model, status });
      if (milliseconds !== undefined) seconds.observe({ model }, milliseconds / 1_000);
    },
  };
}

export function serverMetrics(jobs: JobBook): ServerMetrics {
  const { registers, metrics, countJob } = proverMetrics();
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  };
  gauge('zkinfer_jobs_queued', 'Inferences that wait for a prover', () => jobs.counts.queued);
  gauge('zkinfer_jobs_proving', 'Proofs under way', () => jobs.counts.proving);
  const requests = new Counter({
    name: 'zkinfer_http_requests_total',
    help: 'HTTP requests that were answered',
    labelNames: ['route', 'status'] as const,
    registers,
  });
  jobs.onEnded(({ modelId, status, milliseconds }: Job) => countJob(modelId, status, milliseconds));
  return { ...metrics, countRequest: (route, status) => requests.inc({ route, status }) };
}

export function workerMetrics(): WorkerMetrics {
  const { registers, metrics, countJob } = proverMetrics();
  const database = new Gauge({ name: 'zkinfer_database_up', help: 'Whether the queue’s database answers', registers });
  database.set(1);
  return { ...metrics, countJob, databaseIs: (there) => database.set(there ? 1 : 0) };
}

/**
 * Serves metrics at /metrics, to whoever reaches the address.
 * @returns how to end it
 * @throws IO where the address is taken
 */
export async function serveMetrics(metrics: Metrics, host: string, port: number): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.text().then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new ZkinferError('IO', `cannot listen on ${host}:${port} (${cause.code})`, {
          cause,
          hint: 'choose another --metrics-port',
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}
