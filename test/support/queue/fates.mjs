/** Loaded into a process and its threads with --import: provers are those of fate-worker.mjs. */
import { register } from 'node:module';

register('./fate-hooks.mjs', import.meta.url);
