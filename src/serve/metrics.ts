/** Prometheus metrics of provers. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Job, JobBook } from './jobs.js';

/** Seconds that proofs take, from tiny networks on fast machines to large ones without native code. */
const PROOF_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

export interface ServerMetrics {
  readonly contentType: string;
  text(): Promise<string>;
  countRequest(route: string, status: number): void;
}

export function serverMetrics(jobs: JobBook): ServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
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
  const requests = new Counter({
    name: 'zkinfer_http_requests_total',
    help: 'HTTP requests that were answered',
    labelNames: ['route', 'status'] as const,
    registers,
  });
  jobs.onEnded(({ modelId: model, status, milliseconds }: Job) => {
    ended.inc({ model, status });
    if (milliseconds !== undefined) seconds.observe({ model }, milliseconds / 1_000);
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    countRequest: (route, status) => requests.inc({ route, status }),
  };
}
