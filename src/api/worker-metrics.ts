/** What a worker of a queue tells Prometheus. */
import type { WorkerMetrics } from '../serve/metrics.js';
import type { QueueWorkerEvent } from './queue-worker.js';

type OnEvent = (event: QueueWorkerEvent) => void;

/**
 * Serves the metrics of a worker.
 * @param onEvent told of every event, after it is counted
 * @throws IO where the address is taken
 */
export async function measureWorker(
  { host, port }: { readonly host: string; readonly port: number },
  onEvent: OnEvent | undefined,
): Promise<{ readonly onEvent: OnEvent; readonly end: () => Promise<void> }> {
  // Not at the start of every command.
  const { serveMetrics, workerMetrics } = await import('../serve/metrics.js');
  const metrics = workerMetrics();
  return {
    onEvent: (event) => {
      count(event, metrics);
      onEvent?.(event);
    },
    end: await serveMetrics(metrics, host, port),
  };
}

function count(event: QueueWorkerEvent, metrics: WorkerMetrics): void {
  if (event.kind === 'proved' || event.kind === 'late') {
    metrics.countJob(event.modelId, event.kind, event.milliseconds);
  } else if (event.kind === 'failed') metrics.countJob(event.modelId, event.kind);
  else if (event.kind === 'away' || event.kind === 'back') metrics.databaseIs(event.kind === 'back');
}
