/** ffjavascript in worker threads of others. */
import { createRequire } from 'node:module';

/**
 * Loads modules that import ffjavascript, on a worker thread. Its package web-worker takes every such thread for one that it has started
 * itself: it replaces the global object's prototype and offers no Worker (web-worker 1.2.0, cjs/node.js). While they are loaded here it sees
 * a main thread.
 */
export async function loadForThread<T>(load: () => Promise<T>): Promise<T> {
  const threads = createRequire(import.meta.url)('node:worker_threads') as { isMainThread: boolean };
  const { isMainThread } = threads;
  threads.isMainThread = true;
  try {
    return await load();
  } finally {
    threads.isMainThread = isMainThread;
  }
}
