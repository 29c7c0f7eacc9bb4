/**
 * Reader of circom's .sym files: one line per signal, `label,wire,component,name`
 * (https://docs.circom.io/circom-language/formats/sym/).
 */

import { readFile } from 'node:fs/promises';
import { ZkinferError } from '../errors.js';

/** Full signal names (`main.layer.out[3]`) to wires; -1 where the optimizer removed the signal. */
export type SignalWires = ReadonlyMap<string, number>;

/**
 * Reads a .sym file.
 * @throws ARTIFACT_MISSING, IO, ARTIFACT_FORMAT.
 */
export async function readSym(path: string): Promise<SignalWires> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new ZkinferError(missing ? 'ARTIFACT_MISSING' : 'IO', 'cannot read the signal names', {
      cause,
      location: { file: path },
    });
  }
  return parseSym(text, path);
}

/** The same from the file's text; `file` names it in errors. */
export function parseSym(text: string, file = 'circuit.sym'): SignalWires {
  const wires = new Map<string, number>();
  let start = 0;
  for (let line = 1; start < text.length; line++) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const match = /^\d+,(-1|\d+),\d+,(\S+)$/.exec(text.slice(start, end));
    if (match === null) {
      throw new ZkinferError('ARTIFACT_FORMAT', `line ${line} of the signal names is damaged`, { location: { file } });
    }
    wires.set(match[2]!, Number(match[1]));
    start = end + 1;
  }
  return wires;
}
