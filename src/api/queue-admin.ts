/** What the keeper of a queue asks of it. */
import { purgeJobs, purgeModels, readStatus, retryDead, type Purged, type QueueStatus } from '../queue/admin.js';
import { endLeases } from '../queue/jobs.js';
import { openQueue, type Queue } from '../queue/open.js';
import { findModels } from './queue-model.js';

export interface QueueReport extends QueueStatus {
  /** Host, port and database. */
  readonly queue: string;
}

export interface QueueTarget {
  /** Artifact directory, model id (0x...) or key of a model. Default: all models. */
  readonly model?: string;
}

/** In seconds: how long after a start of the database leases may still be renewed. */
const ANY_LEASE = 60;

/**
 * Models, jobs, results and workers of a queue.
 * @throws QUEUE_MODEL; as openQueue
 */
export function inspectQueue(url: string, target: QueueTarget = {}): Promise<QueueReport> {
  return withModels(url, target, async (queue, models) => {
    await endLeases(queue, ANY_LEASE);
    return { queue: queue.database.name, ...(await readStatus(queue, models)) };
  });
}

/**
 * Queues jobs once more that have been given up.
 * @returns how many
 * @throws QUEUE_MODEL; as openQueue
 */
export function retryQueue(url: string, target: QueueTarget = {}): Promise<number> {
  return withModels(url, target, async (queue, models) => {
    await endLeases(queue, ANY_LEASE);
    return retryDead(queue, models);
  });
}

/**
 * Removes jobs that wait and those that have been given up; results stay. With `all`, all that there is of the models is removed, proofs too.
 * @throws QUEUE_MODEL; as openQueue
 */
export function purgeQueue(url: string, target: QueueTarget & { readonly all?: boolean } = {}): Promise<Purged> {
  return withModels(url, target, async (queue, models) => {
    await endLeases(queue, ANY_LEASE);
    const purged = await purgeJobs(queue, models);
    if (target.all) await purgeModels(queue, models);
    return purged;
  });
}

async function withModels<T>(
  url: string,
  { model }: QueueTarget,
  work: (queue: Queue, models: readonly string[]) => Promise<T>,
): Promise<T> {
  const queue = await openQueue(url);
  try {
    const models = await findModels(queue, model);
    return await work(
      queue,
      models.map(({ key }) => key),
    );
  } finally {
    await queue.close();
  }
}
