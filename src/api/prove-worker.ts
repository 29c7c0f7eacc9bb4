/** The module that prover pools run in their threads. */
import { loadForThread } from '../setup/worker-thread.js';
import type { ProveReply, ProveTask } from './prove-task.js';

const { runProveTask } = await loadForThread(() => import('./prove-task.js'));

export default (task: ProveTask): Promise<ProveReply> => runProveTask(task);
