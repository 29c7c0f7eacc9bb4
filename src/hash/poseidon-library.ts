/** Where Poseidon comes from. Pages of a browser are built with another copy of this module (scripts/build-web.mjs). */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type * as circomlibjs from 'circomlibjs';

type Library = Pick<typeof circomlibjs, 'buildPoseidon'>;
export type Poseidon = circomlibjs.Poseidon;

// Loaded before anything else runs: circomlibjs carries its own copy of ffjavascript, which clears the process-wide curve of the provers when
// it is loaded. Loading it first keeps that curve, and its worker threads, reachable.
//
// Only this file of it: the package as a whole loads an addon (blake-hash 2.0.0) that writes into freed memory when a second thread loads it
// after a first has ended.
const POSEIDON = new URL(
  '../src/poseidon_wasm.js',
  pathToFileURL(createRequire(import.meta.url).resolve('circomlibjs')),
);
export const { buildPoseidon } = (await import(POSEIDON.href)) as Library;
